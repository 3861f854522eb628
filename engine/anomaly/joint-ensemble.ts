import { Covariance } from './covariance.ts';
import { ARGUMENT, type Detector, PERIOD, type Reading, VALUE } from './detector.ts';
import { RECALIBRATION_WIDTH, recalibrated } from './recalibration.ts';
import { SmoothedFields } from './smoothed-fields.ts';

const SEEN = 0; // readings
const FIRST = 1; // when the first one was
const LEARNT = 2; // readings
const RECALIBRATION = 3;
const SMOOTHED = RECALIBRATION + RECALIBRATION_WIDTH;

const SETTLING = 20; // readings, until that says something
const LEARNING = 300; // readings that are learnt whatever they are
const GATE = 1e-3; // the probability of a reading that is no longer learnt
const HALF_FREEDOM = 12;
const MOST_TERMS = 10_000; // where nothing is unusual, and the sum all but 1

/**
 * `anomaly(x, y, …)`: how rare it is that several fields stand to each other and to their usual levels as they do: the squared Mahalanobis distance of
 * an exponentially weighted mean of the readings (Lowry et al. 1992) from what that was in the first 300 and in usual ones since, as a tail
 * probability of Student's t with 24 degrees of freedom, since what plants say has heavier tails than the normal distribution, corrected by how often readings have
 * been as rare. What is rare is not learnt. `argument` is the field that is furthest from what the others make likely. Cost: cubic in the
 * fields, of which 12 are the most; 1.5 KB a key of 8 fields.
 */
export class JointEnsemble implements Detector {
  readonly width: number;
  readonly #covariance: Covariance;
  readonly #smoothed: SmoothedFields;

  constructor(fields: number) {
    this.#covariance = new Covariance(fields);
    this.#smoothed = new SmoothedFields(fields);
    this.width = SMOOTHED + fields + this.#covariance.width;
  }

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const seen = record[start + SEEN]!;
    if (seen === 0) record[start + FIRST] = reading.timeUs;
    record[start + SEEN] = seen + 1;
    if (seen === 0) this.#smoothed.begin(record, start + SMOOTHED, reading.values);
    else this.#smoothed.add(record, start + SMOOTHED, reading.values);
    const { values: smoothed, width: fields } = this.#smoothed;
    const own = start + SMOOTHED + fields;
    let isUsual = true;
    if (seen >= LEARNING) {
      const tail = tailOf(this.#covariance.distance(record, own, smoothed), fields);
      const probability = 10 ** -Math.max(0, recalibrated(record, start + RECALIBRATION, -Math.log10(tail)));
      isUsual = tail > GATE;
      result[VALUE] = 1 - probability;
      result[PERIOD] = (reading.timeUs - record[start + FIRST]!) / seen / probability;
      result[ARGUMENT] = this.#covariance.mostUnusual();
    }
    if (seen < SETTLING || !isUsual) return;
    const learnt = record[start + LEARNT]! + 1;
    record[start + LEARNT] = learnt;
    this.#covariance.add(record, own, smoothed, 1 / learnt);
  }
}

/**
 * The probability that n values of Student's t are as far from their mean: of F, whose tail is the incomplete beta function I(x; a, n/2) at
 * x = 2a / (2a + distance), a being half of the degrees of freedom; its series, all of whose terms are positive.
 */
function tailOf(distance: number, fields: number): number {
  const x = (2 * HALF_FREEDOM) / (2 * HALF_FREEDOM + distance);
  const half = fields / 2;
  let term = (1 - x) ** half;
  for (let k = 0; k < HALF_FREEDOM; k++) term *= (x * (half + k)) / (k + 1);
  let sum = 0;
  for (let k = HALF_FREEDOM; term > sum * 1e-9 && k < MOST_TERMS; k++) {
    sum += term;
    term *= (x * (half + k)) / (k + 1);
  }
  return Math.min(1, sum);
}
