// SPDX-License-Identifier: Apache-2.0
// The same Asterisk and the same phones for both routers of calls: app_queue, with its queues in
// Asterisk, and Usher beside it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Place } from "../../integration/e2e/processes.mjs";
import { until } from "../../integration/e2e/server.mjs";
import { adapterFile } from "../../telephony/adapter_file.mjs";
import { freePort, Pbx } from "../../telephony/pbx.mjs";
import { phoneScenario } from "../../telephony/sipp.mjs";

export const nameOf = (at) => `a${String(at + 1).padStart(3, "0")}`;
export const queueOf = (at) => `q${at + 1}`;

/** `agents` phones of one sipp, all of them in each of `queues` queues, and both routers of calls. */
export async function startStage({ agents, queues, talkMs }) {
  const stage = { queues, place: new Place("usher-bench-calls-"), numbers: Array.from({ length: queues }, (_, at) => `+4930${1000 + at}`) };
  stage.end = async () => {
    await stage.place.end();
    await stage.pbx?.stop();
  };
  try {
    const names = Array.from({ length: agents }, (_, at) => nameOf(at));
    await startPbx(stage, names, talkMs);
    await startUsher(stage, names);
    return stage;
  } catch (error) {
    await stage.end();
    throw error;
  }
}

async function startPbx(stage, names, talkMs) {
  const port = await freePort("udp");
  const phone = (name) => `\n[${name}](usher-phone)\naors = ${name}\n[${name}]\ntype = aor\ncontact = sip:${name}@127.0.0.2:${port}\n`;
  const members = `\n[all](!)\nstrategy = rrmemory\ntimeout = 20\nretry = 1\nringinuse = no\nautofill = yes\njoinempty = yes\nmusicclass = default\n${names.map((name) => `member => PJSIP/${name}`).join("\n")}\n`;
  stage.pbx = await Pbx.start({
    extra: {
      "usher_site_pjsip.conf": names.map(phone).join(""),
      "usher_site_queue.conf": `${members}${Array.from({ length: stage.queues }, (_, at) => `[${queueOf(at)}](all)\n`).join("")}`,
      // Without "i", Answer waits for sound, of which sipp has none.
      "extensions.conf": "\n[usher-inbound](+)\nexten => _q.,1,Answer(,i)\n same => n,Queue(${EXTEN},,,,300)\n same => n,Hangup()\n",
    },
  });
  stage.phones = stage.pbx.sipp(phoneScenario({ ringMs: 50, talkMs }), { address: "127.0.0.2", args: ["-p", String(port)] });
  await until("the phones are there", () => isTaken(port));
}

async function startUsher(stage, names) {
  const { place, pbx, numbers } = stage;
  const file = join(place.data, "asterisk.yaml");
  writeFileSync(join(place.data, "pbx0.password"), pbx.password, { mode: 0o600 });
  writeFileSync(file, adapterFile({ pbxes: [pbx], numbers: Object.fromEntries(numbers.map((number, at) => [number, queueOf(at)])) }));
  const redis = await place.redis({ fsync: "everysec" });
  stage.redis = place.processes.at(-1).child.pid;
  stage.usher = await place.serve("all", "--domain", "acme", "--redis", redis, "--asterisk", file, "--durability", "everysec");
  const ask = async (method, request, role = "admin", as = "bench") => {
    const response = await fetch(`http://${stage.usher.http}/usher.${method}`, {
      method: "POST", body: JSON.stringify(request),
      headers: { "content-type": "application/json", authorization: `Bearer ${place.token(role, as, "acme")}` },
    });
    if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`);
  };
  const inAll = Array.from({ length: stage.queues }, (_, at) => queueOf(at));
  const yaml = JSON.stringify({
    domain: "acme", disconnect_grace: "1h",
    queues: Object.fromEntries(inAll.map((queue) => [queue, { channels: ["voice"], offer_timeout: "20s", missed_offers: { limit: 0 } }])),
    agents: Object.fromEntries(names.map((name) => [name, { name, queues: inAll }])),
  });
  await until("the domain is in force", async () => (await ask("admin.v1.AdminService/ApplyDomain", { yaml }), true));
  for (const agentId of names) {
    await ask("agents.v1.AgentService/SignIn", { agentId }, "supervisor");
    await ask("agents.v1.AgentService/SetPresence", { agentId, presence: "PRESENCE_AVAILABLE" }, "supervisor");
  }
  await until("Usher has the calls", async () => (await pbx.ari("applications")).some(({ name }) => name === "usher"));
}

/** Whether somebody has a UDP port of loopback. */
function isTaken(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync("/proc/net/udp", "utf8").includes(`:${hex} `);
}

/** app_queue: loaded for its turn only, since it follows every phone's state. */
export const appQueue = {
  name: "app_queue",
  numbers: ({ queues }) => Array.from({ length: queues }, (_, at) => queueOf(at)),
  begin: ({ pbx }) => pbx.cli("module load app_queue.so"),
  end: ({ pbx }) => pbx.cli("module unload app_queue.so"),
  processes: () => ({}),
};

export const usher = {
  name: "Usher",
  numbers: ({ numbers }) => numbers,
  begin: ({ pbx }) => pbx.cli("module unload app_queue.so"),
  end: () => {},
  processes: ({ usher: { child }, redis }) => ({ usher: child.pid, redis }),
};
