// SPDX-License-Identifier: Apache-2.0
// A network of machines, each a network namespace on one bridge, whose wires can be cut: between any
// two, in one direction or both. A cut is silent: packets vanish, and nobody is told.
import { randomInt } from "node:crypto";
import { run, undo, whyNot } from "./machine.mjs";

const hardware = (network, host) => `02:55:${hex(network >> 8)}:${hex(network & 255)}:00:${hex(host)}`;
const nowhere = "02:55:ff:ff:ff:fe";
const hex = (byte) => byte.toString(16).padStart(2, "0");

export class Network {
  /** The namespaces `names`; this process is the machine `here`. */
  static make(names) {
    const network = new Network(names);
    try {
      network.#build();
    } catch (error) {
      network.remove();
      throw error;
    }
    return network;
  }

  static whyNot() {
    const missing = whyNot("ip");
    if (missing) return missing;
    try {
      Network.make(["a"]).remove();
      return "";
    } catch (error) {
      return error.message;
    }
  }

  constructor(names) {
    this.number = randomInt(1, 65_000);
    this.bridge = `ush${this.number.toString(36)}`;
    this.hosts = new Map([["here", 1], ...names.map((name, at) => [name, at + 2])]);
    this.subnet = `10.${200 + (this.number >> 8) % 50}.${this.number & 255}`;
  }

  address(name) {
    return `${this.subnet}.${this.hosts.get(name)}`;
  }

  /** How a program is started on a machine: `[program, ...args]`. */
  command(name, program, ...args) {
    return name === "here" ? [program, ...args] : ["ip", "netns", "exec", this.#namespace(name), program, ...args];
  }

  /** Nothing that `from` sends reaches `to`. */
  cutOneWay(from, to) {
    this.#teach(from, to, nowhere);
  }

  cut(one, other) {
    this.cutOneWay(one, other);
    this.cutOneWay(other, one);
  }

  /** A machine that reaches nobody, and nobody it. */
  isolate(name) {
    run("ip", "link", "set", this.#wire(name), "down");
  }

  /** Every wire is whole again. */
  heal() {
    for (const name of this.hosts.keys()) {
      if (name !== "here") run("ip", "link", "set", this.#wire(name), "up");
      for (const other of this.hosts.keys()) {
        if (other !== name) this.#teach(name, other, hardware(this.number, this.hosts.get(other)));
      }
    }
  }

  /** The machines must be empty. */
  remove() {
    for (const name of this.hosts.keys()) if (name !== "here") undo("ip", "netns", "del", this.#namespace(name));
    for (const name of this.hosts.keys()) if (name !== "here") undo("ip", "link", "del", this.#wire(name));
    undo("ip", "link", "del", this.bridge);
  }

  #build() {
    run("ip", "link", "add", this.bridge, "address", hardware(this.number, 1), "type", "bridge");
    run("ip", "address", "add", `${this.address("here")}/24`, "dev", this.bridge);
    run("ip", "link", "set", this.bridge, "up");
    for (const [name, host] of this.hosts) {
      if (name === "here") continue;
      const space = this.#namespace(name);
      run("ip", "netns", "add", space);
      run("ip", "link", "add", this.#wire(name), "type", "veth", "peer", "name", "eth0",
        "address", hardware(this.number, host), "netns", space);
      run("ip", "link", "set", this.#wire(name), "master", this.bridge, "up");
      run("ip", "-n", space, "address", "add", `${this.address(name)}/24`, "dev", "eth0");
      run("ip", "-n", space, "link", "set", "eth0", "up");
      run("ip", "-n", space, "link", "set", "lo", "up");
    }
    this.heal();
  }

  #namespace(name) {
    return `${this.bridge}-${name}`;
  }

  #wire(name) {
    return `${this.bridge}.${this.hosts.get(name)}`;
  }

  // A machine finds another by its hardware address. With a wrong one, what it sends is for nobody.
  #teach(name, other, address) {
    const where = name === "here" ? ["dev", this.bridge] : ["dev", "eth0"];
    const space = name === "here" ? [] : ["-n", this.#namespace(name)];
    run("ip", ...space, "neigh", "replace", this.address(other), "lladdr", address, "nud", "permanent", ...where);
  }
}
