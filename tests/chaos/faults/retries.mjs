// SPDX-License-Identifier: Apache-2.0
// The same request again and again, at once and across failovers; and another one under its id.
import { callUntilSure } from "../rig/command_stream.mjs";

const submit = (rig, name, requestId, subject) =>
  callUntilSure({
    name, routers: rig.routersOf("again"), history: rig.history, service: "routing.v1.RoutingService", method: "SubmitContact", op: "submit", requestId,
    more: { queue: "straight", customer: rig.customers[0] },
    request: { requestId, channel: "CHANNEL_CHAT", queue: "straight", subject, customerId: rig.customers[0] },
  });

export const faults = [
  {
    name: "retries",
    title: "A submit is sent 1 to 100 times at once, also across a failover; another body under its id is refused",
    how: "concurrent unary calls of one request id at both routers; the leader is killed in the middle of every second round",
    short: true,
    async run(rig) {
      const rounds = rig.options.points ?? (rig.short ? 3 : 40);
      for (let i = 1; i <= rounds; ++i) {
        const id = `again-${rig.seed}-${i}`;
        const times = rig.short ? rig.random.pick([2, 20, 40]) : rig.random.between(1, 100);
        const answers = Array.from({ length: times }, (_, copy) => submit(rig, `again-${copy % 8}`, id, "the same"));
        rig.point(id);
        if (i % 2 === 0) {
          const leader = await rig.untilLed();
          await rig.pause(rig.random.between(0, 30));
          await leader.kill();
          await rig.endLease();
          await leader.start();
        }
        const contacts = new Set((await Promise.all(answers)).map((answer) => answer.contact));
        if (contacts.size !== 1) throw new Error(`${times} times ${id} made ${[...contacts].join(", ")}`);
        const other = await submit(rig, "again-other", id, "another");
        if (other.ok || other.reason !== "REQUEST_ID_REUSED") throw new Error(`${id} with another body: ${JSON.stringify(other.reason ?? other.contact)}`);
        await rig.progress(5);
      }
      await rig.untilLed();
      await rig.progress(20);
    },
  },
];
