import type { RangeNode } from '../../dsl/plan.ts';
import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { leastScale } from './scale.ts';
import { addToSlice, enterSlice, type Moments, readSlices, SLICES, SLICES_WIDTH } from './slices.ts';

const ABOVE = SLICES_WIDTH;
const BELOW = ABOVE + 1;
const WARM_UP = 30; // readings
const SLACK = 0.5; // standard deviations: shifts of twice that are found soonest
const MOST = 4; // that one reading says, so that a spike alone is no shift
const GATE = 5;

/**
 * `cusum(x, range)`: how far the readings have been above the mean of those before, or (negative) below it, added up as long as it
 * goes on (Page 1954), in standard deviations; beyond 5 is usually called a shift, and nothing is learnt while it is. Finds small
 * ones that last. Cost: constant; 460 bytes a key.
 */
export class Cusum implements Baseline {
  readonly width = SLICES_WIDTH + 2;
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
    const step = Math.max(-MOST, Math.min(MOST, score));
    const above = Math.max(0, record[start + ABOVE]! + step - SLACK);
    const below = Math.max(0, record[start + BELOW]! - step - SLACK);
    record[start + ABOVE] = above;
    record[start + BELOW] = below;
    result[VALUE] = above >= below ? above : -below;
    return Math.max(above, below) <= GATE && Math.abs(score) <= MOST;
  }

  learn(record: Float64Array, start: number, reading: Reading, now: number): void {
    enterSlice(record, start, Math.floor(now / this.#sizeOfSlice) + 1);
    addToSlice(record, start, reading.values[0]!);
  }
}
