import type { RangeNode } from '../../dsl/plan.ts';
import { Covariance } from './covariance.ts';
import { Decay } from './decay.ts';
import { ARGUMENT, type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { SmoothedFields } from './smoothed-fields.ts';

const COUNT = 0;
const LAST = 1; // what was learnt when the last reading was
const OWN = 2;
const WARM_UP = 100; // readings
const GATE = 4; // beyond the usual distance

/**
 * `mewma(x, y, …, range)`: as `mahalanobis`, of the exponentially weighted mean of the readings instead of the readings themselves (Lowry
 * et al. 1992), which finds small shifts that last. What that mean varies by is learnt from itself, so that it holds for
 * readings that follow from each other. Cost: cubic in the fields, of which 12 are the most.
 */
export class Mewma implements Baseline {
  readonly width: number;
  readonly learning: RangeNode['range'];
  readonly #decay: Decay;
  readonly #covariance: Covariance;
  readonly #smoothed: SmoothedFields;

  constructor(range: RangeNode['range'], fields: number) {
    this.learning = range;
    this.#decay = new Decay(range);
    this.#covariance = new Covariance(fields);
    this.#smoothed = new SmoothedFields(fields);
    this.width = OWN + fields + this.#covariance.width;
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    const { fields } = this.#covariance;
    if (record[start + COUNT] === 0) this.#smoothed.begin(record, start + OWN, reading.values);
    else this.#smoothed.add(record, start + OWN, reading.values);
    if (record[start + COUNT]! < WARM_UP) return true;
    const distance = Math.sqrt(this.#covariance.distance(record, start + OWN + fields, this.#smoothed.values));
    result[VALUE] = distance;
    result[ARGUMENT] = this.#covariance.mostUnusual();
    return distance <= Math.sqrt(fields) + GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading, now: number): void {
    const { fields } = this.#covariance;
    const count = record[start + COUNT]! + 1;
    const share = this.#decay.shareOf(now - record[start + LAST]!, count);
    // All that was known may have been forgotten since it was judged.
    if (count === 1) this.#smoothed.begin(record, start + OWN, reading.values);
    this.#covariance.add(record, start + OWN + fields, this.#smoothed.values, share);
    record[start + COUNT] = count;
    record[start + LAST] = now;
  }
}
