// SPDX-License-Identifier: Apache-2.0
// The same Asterisk and the same phones for both routers of calls: app_queue, with its queues in
// Asterisk, and Usher beside it.
import { readFileSync } from "node:fs";
import { until } from "../../integration/e2e/server.mjs";
import { freePort, Pbx } from "../../telephony/pbx.mjs";
import { phoneScenario } from "../../telephony/sipp.mjs";

export const nameOf = (at) => `a${String(at + 1).padStart(3, "0")}`;
export const queueOf = (at) => `q${at + 1}`;

/** `agents` phones of one sipp, all of them members of each of `queues` queues. */
export async function startStage({ agents, queues, talkMs }) {
  const port = await freePort("udp");
  const names = Array.from({ length: agents }, (_, at) => nameOf(at));
  const phone = (name) => `\n[${name}](usher-phone)\naors = ${name}\n[${name}]\ntype = aor\ncontact = sip:${name}@127.0.0.2:${port}\n`;
  const members = `\n[all](!)\nstrategy = rrmemory\ntimeout = 20\nretry = 1\nringinuse = no\nautofill = yes\njoinempty = yes\nmusicclass = default\n${names.map((name) => `member => PJSIP/${name}`).join("\n")}\n`;
  const pbx = await Pbx.start({
    extra: {
      "usher_site_pjsip.conf": names.map(phone).join(""),
      "usher_site_queue.conf": `${members}${Array.from({ length: queues }, (_, at) => `[${queueOf(at)}](all)\n`).join("")}`,
      // Without "i", Answer waits for sound, of which sipp has none.
      "extensions.conf": "\n[usher-inbound](+)\nexten => _q.,1,Answer(,i)\n same => n,Queue(${EXTEN},,,,300)\n same => n,Hangup()\n",
    },
  });
  const phones = pbx.sipp(phoneScenario({ ringMs: 50, talkMs }), { address: "127.0.0.2", args: ["-p", String(port)] });
  await until("the phones are there", () => !portIsFree(port) || phones.child.exitCode !== null);
  return { pbx, phones, names, queues };
}

function portIsFree(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return !readFileSync("/proc/net/udp", "utf8").includes(`:${hex} `);
}

/** app_queue: loaded for its turn only, since it follows every phone's state. */
export const appQueue = {
  name: "app_queue",
  numbers: (queues) => Array.from({ length: queues }, (_, at) => queueOf(at)),
  begin: ({ pbx }) => pbx.cli("module load app_queue.so"),
  end: ({ pbx }) => pbx.cli("module unload app_queue.so"),
  processes: () => ({}),
};
