// SPDX-License-Identifier: Apache-2.0
// Usher beside real mail servers: a router in one process, the mail's adapter in another, so that a
// test can kill either; agents, and what is recorded of each contact.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../chaos/rig/processes.mjs";
import { Place } from "../integration/e2e/processes.mjs";
import { until } from "../integration/e2e/server.mjs";
import { MailServers } from "./servers.mjs";

const domain = "acme";

export class MailCentre {
  /**
   * `mailboxes`: of each its keys of the e-mail file, by id, the servers only where others are meant;
   * `address` is one of `users` at mail.test. `more`: further keys of that file. `routing`: the domain's file.
   * `adapter`: false where the test starts it.
   */
  static async start({ mailboxes, more = {}, routing, users, adapter = true }) {
    const centre = new MailCentre();
    try {
      centre.servers = new MailServers({ users });
      await centre.serve(mailboxes, more, routing);
      if (adapter) await centre.startAdapter();
      return centre;
    } catch (error) {
      await centre.end();
      throw error;
    }
  }

  constructor() {
    this.place = new Place("usher-email-");
  }

  async serve(mailboxes, more, routing) {
    const { place, servers } = this;
    const file = (name) => join(place.data, name);
    writeFileSync(file("secret"), servers.password, { mode: 0o600 });
    writeFileSync(file("reply.keys"), execFileSync("openssl", ["rand", "-base64", "32"]), { mode: 0o600 });
    const at = (name, security, user) => ({ host: "localhost", port: servers.port(name), security, user, secret_file: "secret", ca_file: servers.ca });
    const all = Object.entries(mailboxes).map(([id, box]) => [
      id, { since: "2020-01-01", imap: at("IMAPS", "tls", box.address), smtp: at("SUBMISSION", "starttls", box.address), ...box },
    ]);
    this.file = file("email.yaml");
    writeFileSync(this.file, JSON.stringify({ reply_keys_file: "reply.keys", ...more, mailboxes: Object.fromEntries(all) }));
    this.redis = await place.redis();
    // Where the gateway, which starts first, finds the files of mails.
    this.files = `127.0.0.1:${(await freePorts(1))[0]}`;
    await this.startRouter();
    await until("the domain is in force", async () => (await this.ask("admin.v1.AdminService/ApplyDomain", { yaml: JSON.stringify({ domain, ...routing }) })).version);
  }

  /** The router, again on the ports where the adapter looks for it. */
  async startRouter() {
    const again = this.router ? ["--grpc", this.router.grpc, "--http", this.router.http] : [];
    this.router = await this.place.serve("router", "--roles", "router", "--roles", "agents", "--domain", domain, "--redis", this.redis, "--files", `http://${this.files}`, ...again);
  }
  async startAdapter() {
    this.adapter = await this.place.serve("mail", "--roles", "channels", "--domain", domain, "--router", this.router.grpc, "--name", "mail-1", "--email", this.file, "--http", this.files);
  }
  /** One of several, of an e-mail file with `standby`. */
  async startOne(name) {
    const metrics = `127.0.0.1:${(await freePorts(1))[0]}`;
    const one = await this.place.serve(name, "--roles", "channels", "--domain", domain, "--router", this.router.grpc, "--name", name, "--email", this.file, "--metrics", metrics);
    return Object.assign(one, { metrics });
  }
  async killAndStart(which) {
    await this[which].kill();
    await (which === "router" ? this.startRouter() : this.startAdapter());
  }

  async end() {
    await this.place.end();
    this.servers?.end();
  }

  /** A unary call as JSON. */
  async ask(method, request = {}, { role = "admin", as = "test" } = {}) {
    const response = await fetch(`http://${this.router.http}/usher.${method}`, {
      method: "POST", body: JSON.stringify(request),
      headers: { "content-type": "application/json", authorization: `Bearer ${this.place.token(role, as, domain)}` },
    });
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(`${method}: ${response.status} ${JSON.stringify(answer)}`), { status: response.status, body: answer });
    return answer;
  }
  /** What an agent does. */
  agent(name, method, request = {}) {
    return this.ask(`agents.v1.AgentService/${method}`, request, { role: "agent", as: name });
  }

  /** All contacts that there are, whatever their state. */
  async contacts() {
    const all = [];
    let pageToken = "";
    do {
      const { contacts = [], page } = await this.ask("routing.v1.RoutingService/ListContacts", { page: { pageSize: 500, pageToken } });
      all.push(...contacts);
      pageToken = page?.nextPageToken ?? "";
    } while (pageToken);
    return all;
  }
  async messages(contactId) {
    return (await this.ask("context.v1.ContextService/ListMessages", { contactId, limit: 1000 })).messages ?? [];
  }
  /** The conversations of many contacts: `[contact, messages]` each. */
  async conversations(contacts) {
    const all = [];
    const waiting = [...contacts];
    const worker = async () => {
      for (let one = waiting.pop(); one; one = waiting.pop()) all.push([one, await this.messages(one.id)]);
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    return all;
  }
}
