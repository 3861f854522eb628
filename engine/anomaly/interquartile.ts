import type { RangeNode } from '../../dsl/plan.ts';
import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { quantile, RangeSample, sizeOf } from './sample.ts';
import { leastScale } from './scale.ts';

const WARM_UP = 15; // sampled readings
const GATE = 3; // Tukey's outer fence

/**
 * `iqr(x, range)`: how far x lies above the upper quartile of the readings before it, or (negative) below the lower one, in distances
 * between the two; 0 in between (Tukey 1977, whose fences are 1.5 and 3). Cost: constant, and moving 63 numbers where a reading is
 * learnt; 1.6 KB a key.
 */
export class Interquartile implements Baseline {
  readonly width: number;
  readonly learning: RangeNode['range'];
  readonly #sample: RangeSample;

  constructor(range: RangeNode['range']) {
    this.learning = range;
    this.#sample = new RangeSample(range);
    this.width = this.#sample.width;
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    if (sizeOf(record, start) < WARM_UP) return true;
    const value = reading.values[0]!;
    const low = quantile(record, start, 0.25);
    const high = quantile(record, start, 0.75);
    const beyond = value > high ? value - high : value < low ? value - low : 0;
    result[VALUE] = beyond / leastScale(high - low, (high + low) / 2);
    return Math.abs(result[VALUE]) <= GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading, now: number): void {
    this.#sample.learn(record, start, reading.values[0]!, now);
  }
}
