// SPDX-License-Identifier: Apache-2.0

/** Numbers from a seed (SplitMix64): the same seed, the same schedule. */
export class Random {
  constructor(seed) {
    this.state = BigInt.asUintN(64, BigInt(seed));
  }

  /** A generator of its own for a part of the rig, so that one part's draws do not move another's. */
  static of(seed, name) {
    let mixed = BigInt.asUintN(64, BigInt(seed));
    for (const byte of Buffer.from(name)) mixed = BigInt.asUintN(64, (mixed ^ BigInt(byte)) * 0x100000001b3n);
    return new Random(mixed);
  }

  next() {
    this.state = BigInt.asUintN(64, this.state + 0x9e3779b97f4a7c15n);
    let z = this.state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  }

  /** 0 <= integer < bound. */
  below(bound) {
    return Number(this.next() % BigInt(bound));
  }

  /** low <= integer <= high. */
  between(low, high) {
    return low + this.below(high - low + 1);
  }

  chance(percent) {
    return this.below(100) < percent;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}
