import type { Fold } from './fold.ts';

const COUNT = 0;
const FIRST = 1;
const LAST = 2;
const FIRST_US = 3;
const LAST_US = 4;
const INCREASE = 5;

/** `delta`, `increase` and `rate`. Steps up are summed, so nothing cancels; a counter that falls began again at 0. */
export class ChangeFold implements Fold {
  readonly width = 6;
  readonly #kind: 'delta' | 'increase' | 'rate';

  constructor(kind: 'delta' | 'increase' | 'rate') {
    this.#kind = kind;
  }

  add(state: Float64Array, offset: number, timeUs: number, x: number): void {
    if (state[offset + COUNT] === 0) {
      state[offset + FIRST] = x;
      state[offset + FIRST_US] = timeUs;
    } else {
      state[offset + INCREASE]! += step(state[offset + LAST]!, x);
    }
    state[offset + LAST] = x;
    state[offset + LAST_US] = timeUs;
    state[offset + COUNT]!++;
  }

  prepend(older: Float64Array, o: number, newer: Float64Array, n: number): void {
    newer[n + INCREASE] = older[o + INCREASE]! + step(older[o + LAST]!, newer[n + FIRST]!) + newer[n + INCREASE]!;
    newer[n + FIRST] = older[o + FIRST]!;
    newer[n + FIRST_US] = older[o + FIRST_US]!;
    newer[n + COUNT]! += older[o + COUNT]!;
  }

  finish(state: Float64Array, offset: number): number {
    if (state[offset + COUNT] === 0) return Number.NaN;
    switch (this.#kind) {
      case 'delta':
        return state[offset + LAST]! - state[offset + FIRST]!;
      case 'increase':
        return state[offset + INCREASE]!;
      case 'rate': {
        const coveredUs = state[offset + LAST_US]! - state[offset + FIRST_US]!;
        return coveredUs > 0 ? state[offset + INCREASE]! / (coveredUs / 1e6) : Number.NaN;
      }
    }
  }
}

function step(before: number, after: number): number {
  return after >= before ? after - before : after;
}
