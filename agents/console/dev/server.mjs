// SPDX-License-Identifier: Apache-2.0
// The console against the fake server: `npm run build && npm run dev:server`. A new offer comes
// every half minute while the agent is available.
import { startFakeServer, tokenFor } from "./fake_server.mjs";

const server = await startFakeServer({ port: Number(process.env.PORT ?? 8090) });
console.log(`agent       ${server.url}#token=${tokenFor("ann")}`);
console.log(`supervisor  ${server.url}#token=${tokenFor("sam")}`);
const people = [
  ["k17", { subject: "Still slow in the evening", said: ["Hello, it is slow again tonight."] }],
  ["k23", { queue: "billing", subject: "发票问题", said: ["你好，想问一下上个月的发票。"] }],
  ["k31", { subject: "Moving on the 1st", said: ["Can I take my number with me?"] }],
];
let next = 0;
setInterval(() => {
  if (server.agents[0].presence !== "PRESENCE_AVAILABLE" || server.offers.size > 0) return;
  server.offer(...people[next++ % people.length]);
}, 8000);
