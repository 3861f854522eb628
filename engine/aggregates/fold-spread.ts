import type { Fold } from './fold.ts';

const COUNT = 0;
const LEAST = 1;
const GREATEST = 2;

/** `spread(x)` (in rules: `range(x)`): greatest less least. */
export class SpreadFold implements Fold {
  readonly width = 3;

  add(state: Float64Array, offset: number, _timeUs: number, x: number): void {
    const isFirst = state[offset + COUNT]!++ === 0;
    if (isFirst || x < state[offset + LEAST]!) state[offset + LEAST] = x;
    if (isFirst || x > state[offset + GREATEST]!) state[offset + GREATEST] = x;
  }

  prepend(older: Float64Array, o: number, newer: Float64Array, n: number): void {
    newer[n + LEAST] = Math.min(older[o + LEAST]!, newer[n + LEAST]!);
    newer[n + GREATEST] = Math.max(older[o + GREATEST]!, newer[n + GREATEST]!);
    newer[n + COUNT]! += older[o + COUNT]!;
  }

  finish(state: Float64Array, offset: number): number {
    return state[offset + COUNT] === 0 ? Number.NaN : state[offset + GREATEST]! - state[offset + LEAST]!;
  }
}
