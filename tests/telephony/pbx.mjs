// SPDX-License-Identifier: Apache-2.0
// A real Asterisk of a test's own on loopback, with the configuration of deploy/asterisk: started,
// killed, started again on the same ports. Callers come from 127.0.0.1, as from a provider; phones
// stand on 127.0.0.2.
import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { accessSync, appendFileSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { root, until } from "../integration/e2e/server.mjs";
import { Phone } from "./phone.mjs";
import { callerScenario, Sipp } from "./sipp.mjs";
import { toneSound } from "./tones.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/** What is heard: music on hold, the customer, the phones in their order, and announcements. */
export const tones = { music: 1000, customer: 450, phones: [650, 800, 1250, 1450], announcement: 1750 };

/** Ends a test as skipped, loudly, where there is no Asterisk or no sipp to be had. */
export function needTelephony() {
  const skip = (why) => {
    process.stderr.write(`SKIPPED: ${why}\n`);
    process.exit(77);
  };
  if (spawnSync("sipp", ["-v"]).error) skip("there is no sipp; apt-get install sip-tester");
  const { status } = spawnSync(join(here, "install-asterisk"), [asteriskFolder()], { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) skip("Asterisk cannot be had (above); it needs the network once, then the folder " + asteriskFolder());
}

/** Where Asterisk is unpacked: USHER_ASTERISK, or the user's cache, or the build folder without one. */
function asteriskFolder() {
  if (process.env.USHER_ASTERISK) return process.env.USHER_ASTERISK;
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  try {
    mkdirSync(join(cache, "usher"), { recursive: true });
    accessSync(join(cache, "usher"), constants.W_OK);
    return join(cache, "usher/asterisk");
  } catch {
    return join(root, "build/asterisk");
  }
}

export class Pbx {
  /** Starts one with these phones, by name; `install`: more arguments of it; `extra`: text at the end of files. */
  static async start({ phones = [], install = [], extra = {} } = {}) {
    for (let attempt = 1; ; ++attempt) {
      const pbx = new Pbx();
      try {
        await pbx.make(phones, install, extra);
        await pbx.run();
        return pbx;
      } catch (error) {
        await pbx.stop();
        // Somebody else may have taken a port between the look and the start.
        if (attempt === 3 || !/in use|does not listen/i.test(error.message)) throw error;
      }
    }
  }

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "usher-pbx-"));
    this.phones = {};
    this.sipps = [];
    this.host = "127.0.0.1";
  }

  async make(phones, install, extra) {
    this.sip = { host: this.host, port: await freePort("udp") };
    this.httpPort = await freePort("tcp");
    this.provider = await Phone.open({ name: "provider", address: this.host, server: this.sip, tone: tones.customer });
    for (const [at, name] of phones.entries()) {
      this.phones[name] = await Phone.open({ name, server: this.sip, tone: tones.phones[at % tones.phones.length] });
    }
    this.configure(install, extra);
  }

  configure(install, extra) {
    const asterisk = asteriskFolder();
    const { modules, data } = Object.fromEntries(readFileSync(join(asterisk, "paths"), "utf8").trim().split("\n").map((line) => line.split("=")));
    const at = (...path) => join(this.folder, ...path);
    for (const folder of ["etc", "lib/keys", "log", "run", "spool", "spool/recording", "moh", "data/sounds", "sipp"]) mkdirSync(at(folder), { recursive: true });
    for (const folder of ["documentation", "rest-api"]) symlinkSync(join(asterisk, data, folder), at("data", folder));
    symlinkSync(join(asterisk, data, "sounds/en_US_f_Allison"), at("data/sounds/en"));
    execFileSync(join(root, "deploy/asterisk/install"), ["--to", at("etc"), "--sip", `${this.host}:${this.sip.port}`, "--trunk", `${this.host}:${this.provider.port}`, ...install]);
    this.change("http.conf", "bindport = 8088", `bindport = ${this.httpPort}`);
    this.change("musiconhold.conf", "directory = moh", `directory = ${at("moh")}`);
    this.change("rtp.conf", "rtpstart = 10000", "rtpstart = 20000");
    this.change("rtp.conf", "rtpend = 19999", "rtpend = 29999");
    writeFileSync(at("moh/tone.ulaw"), toneSound(tones.music, 16_000));
    mkdirSync(at("data/sounds/test"), { recursive: true });
    writeFileSync(at("data/sounds/test/announcement.ulaw"), toneSound(tones.announcement, 8_000));
    writeFileSync(at("etc/asterisk.conf"), [
      "[directories]", `astetcdir => ${at("etc")}`, `astmoddir => ${join(asterisk, modules)}`, `astdatadir => ${at("data")}`,
      `astrundir => ${at("run")}`, `astlogdir => ${at("log")}`, `astspooldir => ${at("spool")}`, `astsbindir => ${at("run")}`,
      ...["astvarlibdir", "astdbdir", "astkeydir", "astagidir"].map((name) => `${name} => ${at("lib")}`),
      "[options]", "nocolor = yes", "dontwarn = yes", "documentation_language = en_US", "maxcalls = 5000", "maxfiles = 65536", "",
    ].join("\n"));
    // What is missing is an error in Asterisk's log, though it is optional.
    for (const name of ["acl", "ccss", "features", "pjproject", "queuerules", "udptl", "websocket_client"]) writeFileSync(at(`etc/${name}.conf`), "");
    for (const name of ["cdr", "cel"]) writeFileSync(at(`etc/${name}.conf`), "[general]\nenable = no\n");
    writeFileSync(at("etc/manager.conf"), "[general]\nenabled = no\n");
    writeFileSync(at("etc/indications.conf"), "[general]\ncountry = us\n[us]\ndescription = tests\nringcadence = 2000,4000\ndial = 350+440\nbusy = 480+620/500,0/500\nring = 440+480/2000,0/4000\ncongestion = 480+620/250,0/250\n");
    for (const phone of Object.values(this.phones)) {
      this.append("usher_site_pjsip.conf", `\n[${phone.name}](usher-phone)\naors = ${phone.name}\n[${phone.name}]\ntype = aor\ncontact = sip:${phone.name}@${phone.address}:${phone.port}\n`);
    }
    for (const [file, text] of Object.entries(extra)) this.append(file, text);
    this.password = /password = (\S+)/.exec(readFileSync(at("etc/usher_ari_password.conf"), "utf8"))[1];
  }

  /** One line of a configuration file, which has to be there, for another. */
  change(file, line, other) {
    const path = join(this.folder, "etc", file);
    const text = readFileSync(path, "utf8");
    if (text.split("\n").filter((one) => one === line).length !== 1) throw new Error(`${file} does not hold '${line}' once`);
    writeFileSync(path, text.replace(line, other));
  }

  append(file, text) {
    appendFileSync(join(this.folder, "etc", file), text);
  }

  /** Starts the process and waits until it serves; also again after `kill`. */
  async run() {
    const child = spawn("setpriv", ["--pdeathsig", "KILL", join(asteriskFolder(), "bin/asterisk"), "-f", "-C", join(this.folder, "etc/asterisk.conf")], { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    this.screen = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (this.screen = (this.screen + text).slice(-100_000)));
    this.ended = new Promise((done) => child.once("close", () => done((child.isOver = true))));
    await until("Asterisk is up", async () => child.isOver || /fully booted/.test(await this.cli("core waitfullybooted")), { msMax: 60_000, everyMs: 50 });
    if (child.isOver) throw new Error(`Asterisk ended:\n${this.screen}${this.log()}`);
    const [sip, http] = await Promise.all([isFree("udp", this.sip.port), isFree("tcp", this.httpPort)]);
    if (sip || http) throw new Error(`Asterisk does not listen on ${sip ? `SIP's ${this.sip.port}` : `ARI's ${this.httpPort}`}:\n${this.log()}`);
  }

  get pid() {
    return this.child.pid;
  }

  log() {
    try {
      return readFileSync(join(this.folder, "log/messages"), "utf8").slice(-8_000);
    } catch {
      return "";
    }
  }

  /** kill -9. Phones that talk are told nothing. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async stop() {
    await Promise.all(this.sipps.map((one) => one.kill()));
    for (const phone of [this.provider, ...Object.values(this.phones)]) phone?.unplug();
    if (this.child && !this.child.isOver) {
      this.child.kill("SIGTERM");
      const forced = setTimeout(() => {
        process.stderr.write("Asterisk did not end in 10 s\n");
        this.child.kill("SIGKILL");
      }, 10_000);
      await this.ended;
      clearTimeout(forced);
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** A command of Asterisk's own console: what it prints. */
  async cli(command) {
    const { stdout } = await promisify(execFile)(join(asteriskFolder(), "bin/asterisk"), ["-C", join(this.folder, "etc/asterisk.conf"), "-rx", command]);
    return stdout;
  }

  /** ARI as Usher's user: the answer of a request. */
  async ari(path, { method = "GET", password = this.password } = {}) {
    const response = await fetch(`http://${this.host}:${this.httpPort}/ari/${path}`, {
      method, headers: { authorization: `Basic ${Buffer.from(`usher:${password}`).toString("base64")}` },
    });
    const text = await response.text();
    if (!response.ok) throw Object.assign(new Error(`${path}: ${response.status} ${text}`), { status: response.status });
    return text ? JSON.parse(text) : undefined;
  }

  /** A customer calls a number. */
  call(number, how = { from: "+15557654321" }) {
    return this.provider.call(number, how);
  }

  /** `calls` of sipp's callers, `rate` a second, who dial the numbers in turn. */
  callers({ numbers, calls = 1, rate = 10, talkMs }) {
    return this.sipp(callerScenario({ talkMs }), { numbers, args: [`${this.host}:${this.sip.port}`, "-m", String(calls), "-r", String(rate), "-l", String(calls)] });
  }

  sipp(scenario, how) {
    const one = new Sipp(join(this.folder, "sipp"), `sipp${this.sipps.length}`, scenario, how);
    this.sipps.push(one);
    return one;
  }
}

/** A free UDP or TCP port of loopback, as the system gives it. */
export async function freePort(kind) {
  const probe = kind === "udp" ? createSocket("udp4") : createServer();
  if (kind === "udp") probe.bind(0, "127.0.0.1");
  else probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

function isFree(kind, port) {
  return new Promise((done) => {
    const probe = kind === "udp" ? createSocket("udp4") : createServer();
    probe.once("error", () => done(false));
    probe.once("listening", () => probe.close(() => done(true)));
    if (kind === "udp") probe.bind(port, "127.0.0.1");
    else probe.listen(port, "127.0.0.1");
  });
}
