import type { RangeNode } from '../../dsl/plan.ts';
import { Covariance } from './covariance.ts';
import { Decay } from './decay.ts';
import { ARGUMENT, type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';

const COUNT = 0;
const LAST = 1; // what was learnt when the last reading was
const OWN = 2;
const WARM_UP = 30; // readings, and ten more for each field
const GATE = 4; // beyond the usual distance

/**
 * `mahalanobis(x, y, …, range)`: the distance of a reading of several fields from the mean of those before it, in standard deviations that
 * mind how they vary together (Mahalanobis 1936). Of n fields it is about √n where nothing is unusual. `argument` is the field that is
 * furthest from what the others make likely. The range is a time constant. Cost: cubic in the fields, of which 12 are the most.
 */
export class MahalanobisDistance implements Baseline {
  readonly width: number;
  readonly learning: RangeNode['range'];
  readonly #decay: Decay;
  readonly #covariance: Covariance;

  constructor(range: RangeNode['range'], fields: number) {
    this.learning = range;
    this.#decay = new Decay(range);
    this.#covariance = new Covariance(fields);
    this.width = OWN + this.#covariance.width;
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    const { fields } = this.#covariance;
    if (record[start + COUNT]! < WARM_UP + 10 * fields) return true;
    const distance = Math.sqrt(this.#covariance.distance(record, start + OWN, reading.values));
    result[VALUE] = distance;
    result[ARGUMENT] = this.#covariance.mostUnusual();
    return distance <= Math.sqrt(fields) + GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading, now: number): void {
    const count = record[start + COUNT]! + 1;
    const share = this.#decay.shareOf(now - record[start + LAST]!, count);
    this.#covariance.add(record, start + OWN, reading.values, share);
    record[start + COUNT] = count;
    record[start + LAST] = now;
  }
}
