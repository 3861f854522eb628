import type { RangeNode } from '../../dsl/plan.ts';
import { Decay } from './decay.ts';
import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { leastScale } from './scale.ts';

const COUNT = 0;
const MEAN = 1;
const VARIANCE = 2;
const LAST = 3; // what was learnt when the last reading was
const WARM_UP = 30; // readings
const GATE = 4; // standard deviations

/**
 * `ewma_z(x, range)`: standard deviations between x and the exponentially weighted mean of the readings before it (Roberts 1959; the
 * variance as in Finch 2009). The range is the time constant, or that of an average over so many events. Cost: constant; 64 bytes
 * a key.
 */
export class EwmaScore implements Baseline {
  readonly width = 4;
  readonly learning: RangeNode['range'];
  readonly #decay: Decay;

  constructor(range: RangeNode['range']) {
    this.learning = range;
    this.#decay = new Decay(range);
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    if (record[start + COUNT]! < WARM_UP) return true;
    const mean = record[start + MEAN]!;
    const score = (reading.values[0]! - mean) / leastScale(Math.sqrt(record[start + VARIANCE]!), mean);
    result[VALUE] = score;
    return Math.abs(score) <= GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading, now: number): void {
    const count = record[start + COUNT]! + 1;
    const share = this.#decay.shareOf(now - record[start + LAST]!, count);
    const distance = reading.values[0]! - record[start + MEAN]!;
    record[start + COUNT] = count;
    record[start + MEAN] = record[start + MEAN]! + share * distance;
    record[start + VARIANCE] = (1 - share) * (record[start + VARIANCE]! + share * distance * distance);
    record[start + LAST] = now;
  }
}
