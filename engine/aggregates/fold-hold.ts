import type { Fold } from './fold.ts';

const COUNT = 0;
const FIRST_US = 1;
const LAST_US = 2;
const LAST = 3;
const AREA = 4; // value · µs
const ERROR = 5;

/**
 * `integral`, `twa` and `duration`: a value holds from its event until the next one, the last until the end. Areas are
 * compensated sums.
 */
export class HoldFold implements Fold {
  readonly width = 6;
  readonly #kind: 'integral' | 'twa' | 'duration';

  constructor(kind: 'integral' | 'twa' | 'duration') {
    this.#kind = kind;
  }

  add(state: Float64Array, offset: number, timeUs: number, x: number): void {
    if (state[offset + COUNT] === 0) state[offset + FIRST_US] = timeUs;
    else addArea(state, offset, state[offset + LAST]! * (timeUs - state[offset + LAST_US]!));
    state[offset + LAST] = x;
    state[offset + LAST_US] = timeUs;
    state[offset + COUNT]!++;
  }

  prepend(older: Float64Array, o: number, newer: Float64Array, n: number): void {
    addArea(newer, n, older[o + LAST]! * (newer[n + FIRST_US]! - older[o + LAST_US]!));
    addArea(newer, n, older[o + AREA]!);
    newer[n + ERROR]! += older[o + ERROR]!;
    newer[n + FIRST_US] = older[o + FIRST_US]!;
    newer[n + COUNT]! += older[o + COUNT]!;
  }

  finish(state: Float64Array, offset: number, endUs: number): number {
    if (state[offset + COUNT] === 0) return Number.NaN;
    const last = state[offset + LAST]!;
    const area = state[offset + AREA]! + state[offset + ERROR]! + last * (endUs - state[offset + LAST_US]!);
    switch (this.#kind) {
      case 'integral':
        return area / 1e6;
      case 'twa': {
        const coveredUs = endUs - state[offset + FIRST_US]!;
        return coveredUs > 0 ? area / coveredUs : last;
      }
      case 'duration':
        return area;
    }
  }
}

/** Knuth's TwoSum: the rounding error of the addition is kept beside the sum. */
function addArea(state: Float64Array, offset: number, area: number): void {
  const sum = state[offset + AREA]!;
  const total = sum + area;
  const added = total - sum;
  state[offset + AREA] = total;
  state[offset + ERROR]! += sum - (total - added) + (area - added);
}
