import type { RangeNode } from '../../dsl/plan.ts';
import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { leastScale } from './scale.ts';
import { SlicedMoments } from './slices.ts';

const WARM_UP = 30; // readings
const GATE = 4; // standard deviations

/**
 * `zscore(x, range)`: standard deviations between x and the mean of the readings before it (Shewhart 1931). Those more than four
 * away are not learnt. Cost: constant; 440 bytes a key.
 */
export class ZScore implements Baseline {
  readonly width: number;
  readonly learning: RangeNode['range'];
  readonly #moments: SlicedMoments;

  constructor(range: RangeNode['range']) {
    this.learning = range;
    this.#moments = new SlicedMoments(range);
    this.width = this.#moments.width;
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    const { count, mean, deviation } = this.#moments.of(record, start);
    if (count < WARM_UP) return true;
    const score = (reading.values[0]! - mean) / leastScale(deviation, mean);
    result[VALUE] = score;
    return Math.abs(score) <= GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading, now: number): void {
    this.#moments.learn(record, start, reading.values[0]!, now);
  }
}
