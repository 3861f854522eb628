import type { Fold } from './fold.ts';

const COUNT = 0;
const ORIGIN = 1; // µs; 0 of a correlation
const MEAN_A = 2; // of time: seconds since the origin
const MEAN_B = 3;
const SQUARES_A = 4;
const SQUARES_B = 5;
const PRODUCTS = 6;

/**
 * `slope(x)`: least squares of b = x over a = seconds; `correlation(x, y)`: Pearson's r of a = x and b = y. Welford's update
 * and the pairwise one of Chan, Golub and LeVeque (1979), for co-moments. Time counts from the state's first value, so
 * that the years since 1970 cost no digits.
 */
export class CoMomentFold implements Fold {
  readonly width = 7;
  readonly #kind: 'slope' | 'correlation';

  constructor(kind: 'slope' | 'correlation') {
    this.#kind = kind;
  }

  add(state: Float64Array, offset: number, timeUs: number, x: number, y: number): void {
    const isSlope = this.#kind === 'slope';
    if (isSlope && state[offset + COUNT] === 0) state[offset + ORIGIN] = timeUs;
    const a = isSlope ? (timeUs - state[offset + ORIGIN]!) / 1e6 : x;
    const b = isSlope ? x : y;
    const count = ++state[offset + COUNT]!;
    const beforeA = a - state[offset + MEAN_A]!;
    const beforeB = b - state[offset + MEAN_B]!;
    state[offset + MEAN_A]! += beforeA / count;
    state[offset + MEAN_B]! += beforeB / count;
    const afterB = b - state[offset + MEAN_B]!;
    state[offset + SQUARES_A]! += beforeA * (a - state[offset + MEAN_A]!);
    state[offset + SQUARES_B]! += beforeB * afterB;
    state[offset + PRODUCTS]! += beforeA * afterB;
  }

  prepend(older: Float64Array, o: number, newer: Float64Array, n: number): void {
    const countOlder = older[o + COUNT]!;
    const countNewer = newer[n + COUNT]!;
    const count = countOlder + countNewer;
    const meanNewerA = newer[n + MEAN_A]! + (newer[n + ORIGIN]! - older[o + ORIGIN]!) / 1e6;
    const deltaA = meanNewerA - older[o + MEAN_A]!;
    const deltaB = newer[n + MEAN_B]! - older[o + MEAN_B]!;
    const share = countNewer / count;
    const weight = countOlder * share;
    newer[n + COUNT] = count;
    newer[n + ORIGIN] = older[o + ORIGIN]!;
    newer[n + MEAN_A] = older[o + MEAN_A]! + deltaA * share;
    newer[n + MEAN_B] = older[o + MEAN_B]! + deltaB * share;
    newer[n + SQUARES_A]! += older[o + SQUARES_A]! + deltaA * deltaA * weight;
    newer[n + SQUARES_B]! += older[o + SQUARES_B]! + deltaB * deltaB * weight;
    newer[n + PRODUCTS]! += older[o + PRODUCTS]! + deltaA * deltaB * weight;
  }

  finish(state: Float64Array, offset: number): number {
    const squaresA = state[offset + SQUARES_A]!;
    const squaresB = state[offset + SQUARES_B]!;
    const products = state[offset + PRODUCTS]!;
    if (squaresA === 0) return Number.NaN; // also where there are fewer than two values
    if (this.#kind === 'slope') return products / squaresA;
    if (squaresB === 0) return Number.NaN;
    return Math.max(-1, Math.min(1, products / Math.sqrt(squaresA) / Math.sqrt(squaresB)));
  }
}
