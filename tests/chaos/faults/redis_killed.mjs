// SPDX-License-Identifier: Apache-2.0

const killed = (durability, short) => ({
  name: `redis-killed-${durability}`, short, durability,
  title: `Redis is killed, durability ${durability}`,
  how: "kill -9 while commits are under way, started again at once or after up to 1.5 s",
  async run(rig) {
    const kills = rig.options.points ?? (rig.short ? 2 : 40);
    for (let i = 1; i <= kills; ++i) {
      await rig.progress(rig.random.between(3, 40));
      rig.point(`${durability}-${rig.seed}-${i}`);
      await rig.redis.kill();
      if (rig.random.chance(50)) await rig.pause(rig.random.between(1, 1_500));
      await rig.redis.start();
    }
    await rig.untilLed();
    await rig.progress(60);
  },
});

export const faults = [killed("always", true), killed("everysec", false)];
