import type { RangeNode } from '../../dsl/plan.ts';
import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { leastScale } from './scale.ts';
import { SlicedMoments } from './slices.ts';
import { addTwoSided, MOST, TWO_SIDED_WIDTH } from './two-sided-sum.ts';

const WARM_UP = 30; // readings
const SLACK = 0.5; // standard deviations: shifts of twice that are found soonest
const GATE = 5;

/**
 * `cusum(x, range)`: how far the readings have been above the mean of those before, or (negative) below it, added up as long as it
 * goes on (Page 1954), in standard deviations; beyond 5 is usually called a shift, and nothing is learnt while it is. Finds small
 * ones that last. Cost: constant; 460 bytes a key.
 */
export class Cusum implements Baseline {
  readonly width: number;
  readonly learning: RangeNode['range'];
  readonly #moments: SlicedMoments;

  constructor(range: RangeNode['range']) {
    this.learning = range;
    this.#moments = new SlicedMoments(range);
    this.width = this.#moments.width + TWO_SIDED_WIDTH;
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    const { count, mean, deviation } = this.#moments.of(record, start);
    if (count < WARM_UP) return true;
    const score = (reading.values[0]! - mean) / leastScale(deviation, mean);
    const sum = addTwoSided(record, start + this.#moments.width, score, SLACK);
    result[VALUE] = sum;
    return Math.abs(sum) <= GATE && Math.abs(score) <= MOST;
  }

  learn(record: Float64Array, start: number, reading: Reading, now: number): void {
    this.#moments.learn(record, start, reading.values[0]!, now);
  }
}
