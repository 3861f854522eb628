import type { DetectorNode } from '../../dsl/plan.ts';
import { type Detector, PERIOD, type Reading, VALUE } from './detector.ts';
import { hold, isHeld, NOVELTY_WIDTH, rarityOf, release } from './novelty.ts';
import { PROFILE_WIDTH, Profile } from './profile.ts';
import {
  beginRecalibration,
  occurrence,
  readingProbability,
  RECALIBRATION_WIDTH,
  recalibrated,
  recalibratedAsSaid,
  restFrom,
} from './recalibration.ts';

const DAY_US = 86_400_000_000;
const WARM_UP = 50; // readings

const SEEN = 0; // readings
const FIRST = 1; // when the first one was
const SHORT = 2; // means of the last few, and of more
const LONG = 3;
const CHANGE = 4; // the mean of how much one reading differs from the next
const LAST = 5;
const LAST_TIME = 6;
const HELD = 7; // how long it takes until something as rare comes as what has not returned yet; 0: all has
const OUT = 8; // for how long that has been so
const PROFILE = 9;
const RECALIBRATION = PROFILE + PROFILE_WIDTH;
const VIEWS = RECALIBRATION + RECALIBRATION_WIDTH;
const VIEW_COUNT = 5;

// What a new reading is of each mean.
const OF_SHORT = 1 / 8;
const OF_LONG = 1 / 64;
const OF_CHANGE = 1 / 64;

const OTHERS = 2; // what the level alone says comes first
const LEARNING = 750; // readings, in which nothing is held
const HOLDING = 1e-3; // the probability of a reading that is held
const COMMON = 0.02; // of one that is not, whatever rarities turn out to be

/**
 * `anomaly(x)`: how rare a reading is by five views of the series, each a novelty of its own: the level itself, how far it lies from the last few
 * readings, a trend (few against many), the spread, and the distance from what is usual at this time of day. The rarest counts,
 * corrected by how often readings have been as rare. Nothing has to be set. Cost: constant; 7.2 KB a key.
 *
 * The value is that of the reading alone, which is learnt: what has been is no longer new. The period is that of the whole occurrence, which lasts
 * until each view that found something rare is nearer again to what it knew than to that, and a rest longer. Noise that has grown is not held: it
 * comes step by step, none of which is rare.
 */
export class Ensemble implements Detector {
  readonly width = VIEWS + VIEW_COUNT * NOVELTY_WIDTH;
  readonly #profile = new Profile(DAY_US);
  readonly #adaptUs: number;
  readonly #views = new Float64Array(VIEW_COUNT); // what each sees of a reading
  readonly #probabilities = new Float64Array(VIEW_COUNT);

  constructor({ adaptUs }: Pick<DetectorNode, 'adaptUs'>) {
    this.#adaptUs = adaptUs ?? Infinity;
  }

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const { timeUs } = reading;
    const seen = record[start + SEEN]!;
    if (seen === 0) begin(record, start, timeUs, reading.values[0]!);
    this.#look(record, start, reading);
    this.#return(record, start, timeUs);
    const rarity = this.#judge(record, start);
    record[start + SEEN] = seen + 1;
    if (seen >= WARM_UP) this.#tell(record, start, timeUs, rarity, result);
    // A fault is not the usual course of its time of day.
    if (record[start + HELD] === 0) this.#profile.learn(record, start + PROFILE, timeUs, reading.values[0]!);
  }

  #tell(record: Float64Array, start: number, timeUs: number, rarity: number, result: Float64Array): void {
    const before = record[start + SEEN]! - 1;
    const at = start + RECALIBRATION;
    const probability = recalibrated(record, at, rarity);
    const periodUs = (timeUs - record[start + FIRST]!) / before / probability;
    if (probability < HOLDING && before >= LEARNING) this.#hold(record, start, periodUs);
    result[VALUE] = 1 - readingProbability(record, at, rarity, recalibratedAsSaid(record, at, rarity));
    const restingUs = occurrence(record, at, rarity, periodUs, false);
    result[PERIOD] = Math.max(restingUs, record[start + HELD]!);
  }

  /** What the views see of a reading, by what was there before it. */
  #look(record: Float64Array, start: number, { timeUs, values }: Reading): void {
    const value = values[0]!;
    const usual = this.#profile.at(record, start + PROFILE, timeUs);
    this.#views[0] = value;
    this.#views[1] = value - record[start + SHORT]!;
    move(record, start, value);
    this.#views[2] = record[start + SHORT]! - record[start + LONG]!;
    this.#views[3] = record[start + CHANGE]!;
    this.#views[4] = value - usual;
  }

  /** Whether what was rare has returned; what has not for too long is usual from now on. */
  #return(record: Float64Array, start: number, timeUs: number): void {
    const since = timeUs - record[start + LAST_TIME]!;
    record[start + LAST_TIME] = timeUs;
    if (record[start + HELD] === 0) {
      record[start + OUT] = Math.max(0, record[start + OUT]! - since);
      return;
    }
    record[start + OUT] = record[start + OUT]! + since;
    const isTooLong = record[start + OUT]! >= this.#adaptUs;
    let isAnyHeld = false;
    for (let view = 0; view < VIEW_COUNT; view++) {
      const at = start + VIEWS + view * NOVELTY_WIDTH;
      if (isTooLong) release(record, at);
      else if (isHeld(record, at, this.#views[view]!)) isAnyHeld = true;
    }
    if (isTooLong) record[start + OUT] = 0;
    if (isAnyHeld) return;
    if (!isTooLong) restFrom(record, start + RECALIBRATION, record[start + HELD]!);
    record[start + HELD] = 0;
  }

  /** −log₁₀ of the probability of the rarest view. */
  #judge(record: Float64Array, start: number): number {
    let least = 1;
    for (let view = 0; view < VIEW_COUNT; view++) {
      const others = view === 0 ? 1 : OTHERS;
      const common = Math.max(COMMON, least / others); // it is neither held nor the least
      const probability = rarityOf(record, start + VIEWS + view * NOVELTY_WIDTH, this.#views[view]!, common);
      this.#probabilities[view] = probability * others;
      if (this.#probabilities[view]! < least) least = this.#probabilities[view]!;
    }
    return -Math.log10(least);
  }

  /** Those views that have found something rare hold it. */
  #hold(record: Float64Array, start: number, periodUs: number): void {
    record[start + HELD] = Math.max(record[start + HELD]!, periodUs);
    for (let view = 0; view < VIEW_COUNT; view++) {
      const rarity = -Math.log10(this.#probabilities[view]!);
      if (recalibrated(record, start + RECALIBRATION, rarity) >= HOLDING) continue;
      hold(record, start + VIEWS + view * NOVELTY_WIDTH, this.#views[view]!);
    }
  }
}

function begin(record: Float64Array, start: number, timeUs: number, value: number): void {
  record[start + FIRST] = timeUs;
  record[start + LAST_TIME] = timeUs;
  record[start + SHORT] = value;
  record[start + LONG] = value;
  record[start + LAST] = value;
  beginRecalibration(record, start + RECALIBRATION);
}

function move(record: Float64Array, start: number, value: number): void {
  record[start + SHORT] = record[start + SHORT]! + OF_SHORT * (value - record[start + SHORT]!);
  record[start + LONG] = record[start + LONG]! + OF_LONG * (value - record[start + LONG]!);
  const change = Math.abs(value - record[start + LAST]!);
  record[start + CHANGE] = record[start + CHANGE]! + OF_CHANGE * (change - record[start + CHANGE]!);
  record[start + LAST] = value;
}
