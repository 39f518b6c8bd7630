// Seeded randomness: one 32-bit number decides everything.

/** The `mulberry32` generator: small, fast, the same everywhere. */
export class Random {
  #state;
  constructor(seed) { this.#state = seed >>> 0; }

  /** 0 ≤ x < 1. */
  unit() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  /** A whole number, both borders included. */
  int(from, to) { return from + Math.floor(this.unit() * (to - from + 1)); }
  chance(probability) { return this.unit() < probability; }
  pick(list) { return list[this.int(0, list.length - 1)]; }
  bytes(count) { return Uint8Array.from({ length: count }, () => this.int(0, 255)); }
  /** A generator of its own, so that one part's appetite does not change the others. */
  fork() { return new Random(this.int(0, 0xffffffff)); }
}

/** `PARLOR_SEED` if given, else a fresh one. */
export const chosenSeed = () => (process.env.PARLOR_SEED === undefined
  ? Math.floor(Math.random() * 0x7fffffff)
  : Number(process.env.PARLOR_SEED));
