import type { Fold } from './fold.ts';

const COUNT = 0;
const LAST_US = 1;
const WEIGHT = 2;
const MEAN = 3;

/**
 * The mean in which a value's weight halves with every `halfLifeUs` between it and the last value: pandas'
 * `ewm(halflife, times)`. Kept as weight and mean, so that an offset costs no digits.
 */
export class EwmaFold implements Fold {
  readonly width = 4;
  readonly #decayPerUs: number;

  constructor(halfLifeUs: number) {
    this.#decayPerUs = Math.LN2 / halfLifeUs;
  }

  add(state: Float64Array, offset: number, timeUs: number, x: number): void {
    const weight = state[offset + WEIGHT]! * this.#left(timeUs - state[offset + LAST_US]!) + 1;
    state[offset + MEAN]! += (x - state[offset + MEAN]!) / weight;
    state[offset + WEIGHT] = weight;
    state[offset + LAST_US] = timeUs;
    state[offset + COUNT]!++;
  }

  prepend(older: Float64Array, o: number, newer: Float64Array, n: number): void {
    const weightOlder = older[o + WEIGHT]! * this.#left(newer[n + LAST_US]! - older[o + LAST_US]!);
    newer[n + WEIGHT]! += weightOlder;
    newer[n + MEAN]! += (older[o + MEAN]! - newer[n + MEAN]!) * (weightOlder / newer[n + WEIGHT]!);
    newer[n + COUNT]! += older[o + COUNT]!;
  }

  finish(state: Float64Array, offset: number): number {
    return state[offset + COUNT] === 0 ? Number.NaN : state[offset + MEAN]!;
  }

  #left(elapsedUs: number): number {
    return Math.exp(-this.#decayPerUs * elapsedUs);
  }
}
