import type { RangeNode } from '../../dsl/plan.ts';
import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { medianDistance, median, RangeSample, sizeOf } from './sample.ts';
import { leastScale } from './scale.ts';

const WARM_UP = 15; // sampled readings
const GATE = 6;
const TO_DEVIATION = 1.4826; // of normally distributed readings

/**
 * `mad(x, range)`: how far x lies from the median of the readings before it, in median distances from that, scaled to standard
 * deviations (Hampel 1974). Up to half of the readings may be faults. Cost: linear in the 63 readings that stand for the range; 1.6 KB
 * a key.
 */
export class Hampel implements Baseline {
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
    const middle = median(record, start);
    const scale = leastScale(TO_DEVIATION * medianDistance(record, start, middle), middle);
    result[VALUE] = (reading.values[0]! - middle) / scale;
    return Math.abs(result[VALUE]) <= GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading, now: number): void {
    this.#sample.learn(record, start, reading.values[0]!, now);
  }
}
