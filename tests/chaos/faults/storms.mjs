// SPDX-License-Identifier: Apache-2.0

const storm = (name, title, pick, short) => ({
  name, title, short,
  how: "kill -9 every 0.3 to 2 s, and started again at once",
  async run(rig) {
    const kills = rig.options.points ?? (rig.short ? 3 : 40);
    for (let i = 1; i <= kills; ++i) {
      await rig.progress(rig.random.between(5, 40));
      await rig.pause(rig.random.between(0, 1_700));
      const victims = pick(rig).filter((router) => router?.alive);
      rig.point(`${name}-${rig.seed}-${i}`);
      await Promise.all(victims.map((router) => router.kill()));
      // Whoever is left waits for the lease to end, as in life; the victims stand by or lead.
      for (const router of victims) await router.start();
    }
    await rig.untilLed();
    await rig.progress(60);
  },
});

export const faults = [
  storm("storm-leader", "The leader is killed again and again", (rig) => [rig.leader], true),
  storm("storm-standby", "The standby is killed again and again", (rig) => [rig.standby], false),
  storm("storm-both", "Leader and standby are killed together, again and again", (rig) => rig.routers, false),
];
