// SPDX-License-Identifier: Apache-2.0
// Somebody sets the clock: of the routers, of Redis, of both.
import { ShiftedClock } from "../inject/shims.mjs";

const steps = [3_600_000, -7_200_000, 500, -500, 7_200_000, -3_600_000];

// Queues where agents answer at once and an offer stands for a minute: none may run out.
const patient = new Set(["straight", "mail"]);

function missed(rig) {
  const queueOf = new Map();
  let count = 0;
  for (const { kind, op, contact, queue, events = [] } of rig.history.records) {
    if (kind === "ok" && op === "submit") queueOf.set(contact, queue);
    for (const fact of events) if (fact.what === "offerEnded" && fact.outcome === "OUTCOME_MISSED" && patient.has(queueOf.get(fact.contact))) ++count;
  }
  return count;
}

const clockFault = (whose, title, { router, redis, short }) => ({
  name: `clock-steps-${whose}`, title, short,
  how: "a preloaded library shifts the wall clock of running processes by +1 h, -2 h, +0.5 s, -0.5 s, +2 h, -1 h",
  needs: [ShiftedClock.whyNot],
  async setup(rig) {
    const clock = (rig.clock = new ShiftedClock());
    rig.onCleanup(() => clock.remove());
    await rig.startRedis(redis ? { env: clock.environment } : {});
    await rig.startRouters(2, router ? { env: clock.environment } : {});
  },
  async run(rig) {
    let offset = 0;
    for (const step of steps.slice(0, rig.options.points ?? (rig.short ? 2 : steps.length))) {
      await rig.progress(60);
      rig.point(`${whose} ${step}`);
      rig.clock.set((offset += step));
      await rig.progress(60);
      if (rig.short) continue;
      // The next leader starts by the new clock, behind the state or ahead of it.
      const leader = await rig.untilLed();
      if (offset < 0) {
        await leader.kill();
        await rig.untilLed();
        await rig.progress(40);
        await leader.start();
      }
    }
    await rig.untilLed();
    await rig.progress(60);
    const gone = missed(rig);
    if (gone > 0) throw new Error(`${gone} offers ran out that had a minute`);
  },
});

export const faults = [
  clockFault("router", "The routers' clock is set", { router: true, short: true }),
  clockFault("redis", "Redis' clock is set", { redis: true }),
  clockFault("both", "The clock of routers and Redis is set", { router: true, redis: true }),
];
