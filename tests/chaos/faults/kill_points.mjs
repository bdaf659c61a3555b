// SPDX-License-Identifier: Apache-2.0
// The router ends, as by kill -9, at the N-th time that it comes to a place in its code or to a
// system call. The other router takes over, and the dead one starts again with the next point.
import { failpointNames } from "../rig/failpoints.mjs";

const loading = failpointNames.filter((name) => name.startsWith("load."));
const stepping = failpointNames.filter((name) => name.startsWith("stepdown."));
const seldom = ["checkpoint.send", "checkpoint.replied", "trim.send"]; // the log is too short for them
const renewing = ["lease.renew", "lease.renewed"];
// Nobody is erased under load: ErasureTest (tests/integration/router) cuts an erasure at each of its steps.
const elsewhere = failpointNames.filter((name) => name.startsWith("erase."));
const inLife = failpointNames.filter((name) => ![...loading, ...stepping, ...seldom, ...renewing, ...elsewhere].includes(name));

const waitMsMax = 20_000;

/** Until `router` has ended, or it is sure that it does not come to its point. */
async function untilEnded(rig, router) {
  const goal = rig.workload.steps + 250;
  const startedAt = performance.now();
  while (router.alive && (rig.workload.steps < goal || performance.now() - startedAt < waitMsMax)) {
    await rig.workload.tick();
    if (router.alive && router.leads && rig.workload.steps >= goal) break;
  }
  return !router.alive;
}

/** Makes the router that stands by lead: the leader is killed without notice. */
async function leadBy(rig, next) {
  const before = rig.leader;
  if (before === next) return;
  if (before) await before.kill();
  await rig.endLease();
  while (next.alive && !next.leads) await rig.workload.tick();
}

/**
 * One point after the other: the standby is started with the point armed, becomes the leader when
 * the last leader dies of its own point, and dies of it in turn.
 */
export async function killPoints(rig, plans, { act = async () => {} } = {}) {
  let [previous, next] = rig.routers;
  for (const plan of plans) {
    if (next.alive) await next.kill();
    const armed = plan.wrap ? { wrap: plan.wrap(rig) } : { env: { USHER_FAILPOINTS: `${plan.name}=exit@${plan.hit}` } };
    next.spawn(armed);
    // It may die while it loads: then it never serves.
    while (next.alive && !next.process.lines.some((line) => line.includes('"event":"serving"'))) await rig.pause(5);
    if (next.alive) await leadBy(rig, next);
    if (next.alive) await act(rig, next);
    if (await untilEnded(rig, next)) rig.point(`${plan.name}@${plan.hit}`);
    else rig.missed = [...(rig.missed ?? []), `${plan.name}@${plan.hit}`];
    await rig.endLease();
    [previous, next] = [next, previous];
  }
  for (const router of rig.routers) if (router.alive) await router.kill();
  for (const router of rig.routers) await router.start();
  if (rig.missed) rig.note(`not reached: ${rig.missed.join(", ")}`);
  await rig.untilLed();
  await rig.progress(60);
}

// These come four times a second: their late hits would only take time.
const slow = (name) => name.startsWith("project.");

const plansOf = (rig, names, hits) => {
  const plans = names.flatMap((name) => hits.filter((hit) => !slow(name) || hit <= 8).map((hit) => ({ name, hit })));
  for (let i = plans.length - 1; i > 0; --i) {
    const j = rig.random.below(i + 1);
    [plans[i], plans[j]] = [plans[j], plans[i]];
  }
  return plans.slice(0, rig.options.points ?? plans.length);
};
const upTo = (count) => Array.from({ length: count }, (_, index) => index + 1);

// The log of one run must stay short enough to be read whole.
const parts = 4;
const part = (index) => ({
  name: `kill-points-${index}`,
  title: `The router ends at each step from a request to what is told (part ${index} of ${parts})`,
  how: `failpoints, kill -9 at the N-th time: ${inLife.join(", ")}`,
  short: index === 1,
  async run(rig) {
    const hits = upTo(rig.short ? 40 : 40).filter((hit) => hit % parts === index - 1);
    await killPoints(rig, rig.short ? plansOf(rig, inLife, hits).slice(0, rig.options.points ?? 10) : plansOf(rig, inLife, hits));
  },
});

export const faults = [
  ...upTo(parts).map(part),
  {
    name: "kill-points-load",
    title: "The router that takes over ends at each step of its load",
    how: `failpoints, kill -9: ${loading.join(", ")}`,
    short: false,
    run: (rig) => killPoints(rig, plansOf(rig, loading, upTo(3))),
  },
  {
    name: "kill-points-step-down",
    title: "The router that hands over ends at each step of it",
    how: `failpoints, kill -9: ${stepping.join(", ")}`,
    short: false,
    async run(rig) {
      const stepDown = async (_, router) => {
        await rig.progress(20);
        router.process.signal("SIGTERM");
      };
      await killPoints(rig, plansOf(rig, stepping, [1]).flatMap((plan) => [plan, plan, plan]), { act: stepDown });
    },
  },
  {
    name: "kill-points-lease",
    title: "The router ends where it renews its lease",
    how: `failpoints, kill -9: ${renewing.join(", ")}`,
    short: false,
    run: (rig) => killPoints(rig, plansOf(rig, renewing, upTo(4))),
  },
];
