import type { RangeNode } from '../../dsl/plan.ts';
import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { leastScale } from './scale.ts';
import { addToSlice, enterSlice, type Moments, readSlices, SLICES, SLICES_WIDTH } from './slices.ts';

const WARM_UP = 30; // readings
const GATE = 4; // standard deviations

/**
 * `zscore(x, range)`: standard deviations between x and the mean of the readings before it (Shewhart 1931). Those more than four
 * away are not learnt. Cost: constant; 440 bytes a key.
 */
export class ZScore implements Baseline {
  readonly width = SLICES_WIDTH;
  readonly learning: RangeNode['range'];
  readonly #sizeOfSlice: number;
  readonly #moments: Moments = { count: 0, mean: 0, deviation: 0 };

  constructor(range: RangeNode['range']) {
    this.learning = range;
    this.#sizeOfSlice = ('us' in range ? range.us : range.events) / SLICES;
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    const moments = this.#moments;
    readSlices(record, start, moments);
    if (moments.count < WARM_UP) return true;
    const score = (reading.values[0]! - moments.mean) / leastScale(moments.deviation, moments.mean);
    result[VALUE] = score;
    return Math.abs(score) <= GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading, now: number): void {
    enterSlice(record, start, Math.floor(now / this.#sizeOfSlice) + 1);
    addToSlice(record, start, reading.values[0]!);
  }
}
