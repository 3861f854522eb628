/** Chance with a seed: sfc32 (Doty-Humphrey, PractRand), whose state of four words lies in the caller's array. */
export class Random {
  readonly #state: Uint32Array;

  constructor(state: Uint32Array) {
    this.#state = state;
  }

  /** Words that differ a little seed sequences that have nothing in common. */
  static seeded(...words: readonly number[]): Random {
    const random = new Random(new Uint32Array(4));
    random.seed(...words);
    return random;
  }

  seed(...words: readonly number[]): void {
    this.#state.fill(0x9e37_79b9);
    for (const word of words) {
      this.#state[0]! ^= word;
      for (let turn = 0; turn < 12; turn++) this.uniform();
    }
  }

  /** In [0, 1). */
  uniform(): number {
    const state = this.#state;
    const sum = (state[0]! + state[1]! + state[3]!) | 0;
    state[3] = state[3]! + 1;
    state[0] = state[1]! ^ (state[1]! >>> 9);
    state[1] = state[2]! + (state[2]! << 3);
    state[2] = ((state[2]! << 21) | (state[2]! >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Mean 0, deviation 1, never beyond 3: the sum of three draws. Nearly normal, and no logarithm for each sensor. */
  normal(): number {
    return 2 * (this.uniform() + this.uniform() + this.uniform() - 1.5);
  }
}
