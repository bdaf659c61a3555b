// SPDX-License-Identifier: Apache-2.0

const leaseMs = 2_000;

/** What a router has committed, by Redis' own count of its refusals, is in the log; who tells, in the histories. */
async function pauseOnce(rig, how) {
  const paused = await rig.untilLed();
  const other = rig.routers.find((router) => router !== paused);
  await how(paused);
  // The clients that are attached to it stay so until they lose patience; the others go on.
  await rig.untilLed("the standby leads", { msMax: 60_000 }).catch(() => {});
  while (!other.leads) await rig.workload.tick();
  await rig.progress(30);
  paused.process.signal("SIGCONT");
  await rig.progress(30);
}

export const faults = [
  {
    name: "leader-paused",
    title: "The leader is stopped past its lease and goes on",
    how: `SIGSTOP until the standby leads and has committed, then SIGCONT`,
    short: true,
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 15)); ++i) {
        await rig.progress(rig.random.between(10, 60));
        rig.point(`pause-${rig.seed}-${i}`);
        await pauseOnce(rig, async (router) => {
          router.process.signal("SIGSTOP");
          router.leads = false;
        });
      }
    },
  },
  {
    name: "leader-paused-at-a-point",
    title: "The leader stops between deciding, committing and telling, past its lease, and goes on",
    how: "failpoints that stop the process (SIGSTOP) before and after the commit goes out, before answers and before events",
    short: false,
    async run(rig) {
      const places = ["command.decided", "commit.gathered", "commit.send", "commit.sent", "commit.replied", "answer.give", "tell.begin", "stream.fill", "unary.reply", "project.send", "message.send"];
      const plans = places.flatMap((name) => [3, 17].map((hit) => ({ name, hit }))).slice(0, rig.options.points);
      for (const { name, hit } of plans) {
        const leader = await rig.untilLed();
        const next = rig.routers.find((router) => router !== leader);
        if (next.alive) await next.kill();
        await next.start({ env: { USHER_FAILPOINTS: `${name}=pause@${hit}` } });
        await leader.kill();
        await rig.endLease();
        await leader.start();
        // `next` leads, comes to its point and stops there; `leader` takes over when the lease ends.
        while (!leader.leads) await rig.workload.tick();
        rig.point(`${name}@${hit}`);
        await rig.progress(20);
        next.process.signal("SIGCONT");
        next.leads = false;
        await rig.progress(20);
      }
    },
  },
  {
    name: "redis-paused",
    title: "Redis stops for longer than the lease and goes on",
    how: `SIGSTOP of redis-server for 0.2 to ${(leaseMs * 3) / 1000} s, then SIGCONT`,
    short: false,
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 12)); ++i) {
        await rig.progress(rig.random.between(10, 60));
        rig.point(`redis-pause-${rig.seed}-${i}`);
        rig.redis.process.signal("SIGSTOP");
        await rig.pause(rig.random.between(200, leaseMs * 3));
        rig.redis.process.signal("SIGCONT");
        await rig.untilLed();
        await rig.progress(20);
      }
    },
  },
];
