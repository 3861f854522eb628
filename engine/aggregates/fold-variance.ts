import type { Fold } from './fold.ts';

const COUNT = 0;
const MEAN = 1;
const SQUARES = 2;

/** Sample variance: Welford's update, and the pairwise one of Chan, Golub and LeVeque (1979). */
export class VarianceFold implements Fold {
  readonly width = 3;
  readonly #kind: 'var' | 'stddev';

  constructor(kind: 'var' | 'stddev') {
    this.#kind = kind;
  }

  add(state: Float64Array, offset: number, _timeUs: number, x: number): void {
    const count = ++state[offset + COUNT]!;
    const before = x - state[offset + MEAN]!;
    state[offset + MEAN]! += before / count;
    state[offset + SQUARES]! += before * (x - state[offset + MEAN]!);
  }

  prepend(older: Float64Array, o: number, newer: Float64Array, n: number): void {
    const count = older[o + COUNT]! + newer[n + COUNT]!;
    const delta = newer[n + MEAN]! - older[o + MEAN]!;
    const share = newer[n + COUNT]! / count;
    newer[n + MEAN] = older[o + MEAN]! + delta * share;
    newer[n + SQUARES]! += older[o + SQUARES]! + delta * delta * older[o + COUNT]! * share;
    newer[n + COUNT] = count;
  }

  finish(state: Float64Array, offset: number): number {
    if (state[offset + COUNT]! < 2) return Number.NaN;
    const variance = state[offset + SQUARES]! / (state[offset + COUNT]! - 1);
    return this.#kind === 'var' ? variance : Math.sqrt(variance);
  }
}
