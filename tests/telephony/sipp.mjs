// SPDX-License-Identifier: Apache-2.0
// sipp as callers and as phones: another's SIP, and many calls at once. A scenario is put together
// here and written beside the calls' logs.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const sdp = `Content-Type: application/sdp
Content-Length: [len]

v=0
o=- [call_number] 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=sendrecv
`;
const nothing = "Content-Length: 0\n\n";
const send = (text, attributes = "") => `<send ${attributes}><![CDATA[\n${text}]]></send>\n`;

// A line `WHAT WHO seconds microseconds` in the log, with the system's clock.
const note = (what, who) => `<action><gettimeofday assign_to="seconds,micros"/><log message="${what} ${who} [$seconds] [$micros]"/></action>`;

const answer = (status, body = nothing, tag = "") => `SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:]${tag}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:phone@[local_ip]:[local_port]>
${body}`;

// A caller's number, as a trunk gives it.
const caller = "+493099[call_number]";

const fromCaller = (method, cseq, { to, uri }, body = nothing) => `${method} ${uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
[routes]
From: <sip:${caller}@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[field0]@[remote_ip]:[remote_port]>${to}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Contact: <sip:${caller}@[local_ip]:[local_port]>
${body}`;

const scenario = (name, steps) => `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="${name}">\n${steps.join("")}</scenario>\n`;

/** Calls, and hangs up `talkMs` after the answer; without, stays until it is hung up. */
export const callerScenario = ({ talkMs } = {}) => {
  const inside = { to: "[peer_tag_param]", uri: "[next_url]" };
  const first = { to: "", uri: "sip:[field0]@[remote_ip]:[remote_port]" };
  const stays = [`<recv request="BYE" timeout="300000">${note("over", caller)}</recv>\n`, send(answer("200 OK"))];
  const leaves = [
    `<pause milliseconds="${talkMs}"/>\n`, `<nop>${note("over", caller)}</nop>\n`,
    send(fromCaller("BYE", 2, inside), 'retrans="500"'), `<recv response="200" timeout="10000"/>\n`,
  ];
  return scenario("caller", [
    `<nop>${note("calls", caller)}</nop>\n`,
    send(fromCaller("INVITE", 1, first, sdp), 'retrans="500"'),
    `<recv response="100" optional="true"/>\n`, `<recv response="180" optional="true"/>\n`, `<recv response="183" optional="true"/>\n`,
    `<recv response="200" rrs="true" timeout="120000"/>\n`,
    send(fromCaller("ACK", 1, inside)),
    ...(talkMs === undefined ? stays : leaves),
  ]);
};

/** Rings, answers, stays until it is hung up, or hangs up itself after `talkMs`, [least, most]. */
export const phoneScenario = ({ ringMs = 50, talkMs } = {}) => {
  const tag = ";tag=[pid]a[call_number]";
  const who = "[$whom]/[$caller]";
  const bye = `BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
[routes]
From:[$mine]${tag}
To:[$theirs]
Call-ID: [call_id]
CSeq: 1 BYE
${nothing}`;
  const find = (header, pattern, into) => `<ereg regexp="${pattern}" search_in="hdr" header="${header}:" assign_to="${into}"/>`;
  return scenario("phone", [
    `<recv request="INVITE" rrs="true"><action><gettimeofday assign_to="seconds,micros"/>`,
    find("From", ".*", "theirs"), find("To", ".*", "mine"), find("From", "sip:([^@]*)@", "ignored,caller"), find("To", "sip:([^@]*)@", "ignored,whom"),
    `<log message="invited ${who} [$seconds] [$micros]"/></action></recv>\n`,
    send(answer("180 Ringing", nothing, tag)),
    `<recv request="CANCEL" timeout="${ringMs}" ontimeout="1"/>\n`,
    send(answer("200 OK")),
    send(`SIP/2.0 487 Request Terminated
[last_Via:]
[last_From:]
[last_To:]${tag}
[last_Call-ID:]
CSeq: [last_cseq_number] INVITE
${nothing}`, 'retrans="500"'),
    `<recv request="ACK" next="9"/>\n<label id="1"/>\n`,
    send(answer("200 OK", sdp, tag), 'retrans="500"'),
    `<recv request="ACK"/>\n`,
    ...(talkMs ? [
      `<pause distribution="uniform" min="${talkMs[0]}" max="${talkMs[1]}"/>\n`,
      `<nop>${note("over", who)}</nop>\n`, send(bye, 'retrans="500"'), `<recv response="200" timeout="10000"/>\n`,
    ] : [`<recv request="BYE">${note("over", who)}</recv>\n`, send(answer("200 OK"))]),
    `<label id="9"/>\n<Reference variables="ignored,mine,theirs"/>\n`,
  ]);
};

/** sipp with a scenario, in a folder for its files. `ended` gives its exit code. */
export class Sipp {
  constructor(folder, name, xml, { address = "127.0.0.1", args = [], numbers }) {
    const file = (ending) => join(folder, `${name}.${ending}`);
    writeFileSync(file("xml"), xml);
    if (numbers) writeFileSync(file("csv"), `SEQUENTIAL\n${numbers.join("\n")}\n`);
    this.logFile = file("log");
    this.screen = "";
    this.child = spawn("setpriv", [
      "--pdeathsig", "KILL", "sipp", "-sf", file("xml"), ...(numbers ? ["-inf", file("csv")] : []), "-i", address, "-mi", address, "-ci", address,
      "-nostdin", "-trace_logs", "-log_file", this.logFile, "-trace_err", "-error_file", file("err"), ...args,
    ], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (text) => (this.screen = (this.screen + text).slice(-20_000)));
    this.ended = new Promise((done) => this.child.once("close", (code) => done(code)));
  }

  get pid() {
    return this.child.pid;
  }

  kill() {
    this.child.kill("SIGKILL");
    return this.ended;
  }

  /** What it noted: {what, who, at}, `at` in milliseconds. */
  notes() {
    return readFileSync(this.logFile, "utf8").split("\n").flatMap((line) => {
      const found = /(calls|invited|over) (\S+) ([\d.]+) ([\d.]+)/.exec(line);
      return found ? [{ what: found[1], who: found[2], at: Number(found[3]) * 1e3 + Number(found[4]) / 1e3 }] : [];
    });
  }
}
