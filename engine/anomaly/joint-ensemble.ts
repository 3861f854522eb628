import type { DetectorNode } from '../../dsl/plan.ts';
import { Covariance } from './covariance.ts';
import { ARGUMENT, type Detector, PERIOD, type Reading, VALUE } from './detector.ts';
import { DistanceRarity } from './distance-rarity.ts';
import {
  beginRecalibration,
  dropOccurrence,
  occurrence,
  readingProbability,
  RECALIBRATION_WIDTH,
  recalibrated,
  recalibratedAsNominal,
  REST,
} from './recalibration.ts';
import { SmoothedFields } from './smoothed-fields.ts';

const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;

const SEEN = 0; // readings
const FIRST = 1; // when the first one was
const LEARNT = 2; // readings
const LAST = 3; // when the last one was
const OUT = 4; // for how long readings have not been usual
const RECALIBRATION = 5;
const SMOOTHED = RECALIBRATION + RECALIBRATION_WIDTH;

const SETTLING = 20; // readings, until that says something
const LEARNING = 280; // readings that are learnt whatever they are
const GATE = 1e-3; // the probability of an occurrence that is no longer learnt
const SAID_USUAL = Math.log10(1 / GATE - REST); // the rarity that says so itself
const NEW_US = DAY_US; // for so long what lasts may be another way of being usual,
const LASTING_US = HOUR_US; // if it does for so long
const ALIKE = 19; // readings, whose smoothed values say as much as one: (2 − 0.1) / 0.1

/**
 * `anomaly(x, y, …)`: how rare it is that several fields stand to each other and to their usual levels as they do: the squared Mahalanobis distance of
 * an exponentially weighted mean of the readings (Lowry et al. 1992) from what that was in the first 300 and in usual ones since, as a tail
 * probability of Student's t with as many degrees of freedom as readings that were learnt are worth (Hotelling 1931), corrected by how often readings have
 * been as rare. What is rare is not learnt, unless it lasts: on the first day, when many a way of being usual comes for the first time, for an hour and 300
 * readings; later for as long as the call says by `adapt`, and then 280 readings are learnt anew, in which it says nothing. The period is that of the whole occurrence, which lasts as long as readings are rare, and a rest longer.
 * `argument` is the field that is furthest from what the others make likely. Cost: cubic in the fields, of which 12 are the most; 2 KB a key of 8.
 */
export class JointEnsemble implements Detector {
  readonly width: number;
  readonly #adaptUs: number;
  readonly #covariance: Covariance;
  readonly #rarity: DistanceRarity;
  readonly #isNamed: boolean; // the most unusual field
  readonly #smoothed: SmoothedFields;

  constructor({ arguments: { length: fields }, adaptUs, outputs }: DetectorNode) {
    this.#adaptUs = adaptUs ?? Infinity;
    this.#isNamed = outputs.some(({ of }) => of === 'argument');
    this.#rarity = new DistanceRarity(fields);
    this.#covariance = new Covariance(fields);
    this.#smoothed = new SmoothedFields(fields);
    this.width = SMOOTHED + fields + this.#covariance.width;
  }

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const { timeUs } = reading;
    const seen = record[start + SEEN]!;
    if (seen === 0) {
      record[start + FIRST] = timeUs;
      record[start + LAST] = timeUs;
      beginRecalibration(record, start + RECALIBRATION);
      this.#smoothed.begin(record, start + SMOOTHED, reading.values);
    } else this.#smoothed.add(record, start + SMOOTHED, reading.values);
    record[start + SEEN] = seen + 1;
    const { values: smoothed, width: fields } = this.#smoothed;
    const own = start + SMOOTHED + fields;
    if (seen < SETTLING) return;
    if (record[start + LEARNT]! >= LEARNING && !this.#judge(record, start, timeUs, result)) return;
    const learnt = record[start + LEARNT]! + 1;
    record[start + LEARNT] = learnt;
    this.#covariance.add(record, own, smoothed, 1 / learnt);
  }

  /** False: it is not to be learnt. */
  #judge(record: Float64Array, start: number, timeUs: number, result: Float64Array): boolean {
    const { values: smoothed, width: fields } = this.#smoothed;
    const at = start + RECALIBRATION;
    const distance = this.#covariance.distance(record, start + SMOOTHED + fields, smoothed);
    const rarity = this.#rarity.of(distance, record[start + LEARNT]! / ALIKE - fields + 1);
    const probability = recalibrated(record, at, rarity);
    const isNew = timeUs - record[start + FIRST]! < NEW_US;
    const isUsual = recalibratedAsNominal(record, at, rarity) > GATE || (isNew && rarity < SAID_USUAL);
    const hasLasted = this.#hasLasted(record, start, timeUs, isUsual);
    if (hasLasted && record[start + OUT]! >= this.#adaptUs) {
      this.#learnAnew(record, start);
      return true;
    }
    const meanUs = (timeUs - record[start + FIRST]!) / record[start + SEEN]!;
    const periodUs = occurrence(record, at, rarity, meanUs / probability, !isUsual);
    result[VALUE] = 1 - readingProbability(record, at, rarity, probability);
    result[PERIOD] = hasLasted ? meanUs : periodUs;
    if (this.#isNamed) result[ARGUMENT] = this.#covariance.mostUnusual();
    return isUsual || hasLasted;
  }

  /** What has lasted is another way of being usual: it is learnt as the first readings were. */
  #learnAnew(record: Float64Array, start: number): void {
    record[start + LEARNT] = 0;
    record[start + OUT] = 0;
    dropOccurrence(record, start + RECALIBRATION);
    record.fill(0, start + SMOOTHED + this.#smoothed.width, start + this.width);
  }

  /** Whether readings have been rare for so long that they are taken for usual. */
  #hasLasted(record: Float64Array, start: number, timeUs: number, isUsual: boolean): boolean {
    const since = timeUs - record[start + LAST]!;
    const ageUs = timeUs - record[start + FIRST]!;
    const newUs = ageUs < NEW_US ? Math.max(LASTING_US, (ageUs / record[start + SEEN]!) * LEARNING) : Infinity;
    const lastingUs = Math.min(this.#adaptUs, newUs);
    const outUs = Math.min(record[start + OUT]!, lastingUs);
    record[start + LAST] = timeUs;
    record[start + OUT] = isUsual ? Math.max(0, outUs - since) : outUs + since;
    return !isUsual && outUs >= lastingUs;
  }
}
