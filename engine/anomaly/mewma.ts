import type { RangeNode } from '../../dsl/plan.ts';
import { Covariance } from './covariance.ts';
import { Decay } from './decay.ts';
import { ARGUMENT, type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';

const COUNT = 0;
const LAST = 1; // what was learnt when the last reading was
const OWN = 2;
const WARM_UP = 100; // readings
const SMOOTHING = 0.1; // what a reading is of the moving average
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
  readonly #smoothed: Float64Array;

  constructor(range: RangeNode['range'], fields: number) {
    this.learning = range;
    this.#decay = new Decay(range);
    this.#covariance = new Covariance(fields);
    this.#smoothed = new Float64Array(fields);
    this.width = OWN + fields + this.#covariance.width;
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    const { fields } = this.#covariance;
    const isFirst = record[start + COUNT] === 0;
    for (let i = 0, at = start + OWN; i < fields; i++, at++)
      record[at] = isFirst ? reading.values[i]! : record[at]! + SMOOTHING * (reading.values[i]! - record[at]!);
    if (record[start + COUNT]! < WARM_UP) return true;
    for (let i = 0; i < fields; i++) this.#smoothed[i] = record[start + OWN + i]!;
    const distance = Math.sqrt(this.#covariance.distance(record, start + OWN + fields, this.#smoothed));
    result[VALUE] = distance;
    result[ARGUMENT] = this.#covariance.mostUnusual();
    return distance <= Math.sqrt(fields) + GATE;
  }

  learn(record: Float64Array, start: number, _reading: Reading, now: number): void {
    const { fields } = this.#covariance;
    const count = record[start + COUNT]! + 1;
    const share = this.#decay.shareOf(now - record[start + LAST]!, count);
    for (let i = 0; i < fields; i++) this.#smoothed[i] = record[start + OWN + i]!;
    this.#covariance.add(record, start + OWN + fields, this.#smoothed, share);
    record[start + COUNT] = count;
    record[start + LAST] = now;
  }
}
