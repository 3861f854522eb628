import type { RangeNode } from '../../dsl/plan.ts';
import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { leastScale } from './scale.ts';
import { BINS, PROFILE_WIDTH, Profile } from './profile.ts';

const DEVIATION = PROFILE_WIDTH; // the mean of absolute ones
const DEVIATIONS = DEVIATION + 1; // how many
const WARM_UP = BINS; // readings that have an earlier period
const LEAST_SHARE = 0.005; // of a new deviation
const MOST = 4; // scales, that one reading counts for
const GATE = 6;
const TO_DEVIATION = 1.2533; // of normally distributed readings

/**
 * `seasonal(x, 1d)`: how far x lies from what it usually is at this place in its period, in standard deviations: a day, a week, a cycle of
 * a machine. The usual course is a profile of 96 places, each a mean over periods that a single one changes by a quarter at most
 * (Cleveland 1990 uses such cycle-subseries). Says nothing in the first period. Cost: constant; 2.4 KB a key.
 */
export class Seasonal implements Baseline {
  readonly width = PROFILE_WIDTH + 2;
  readonly learning: RangeNode['range'];
  readonly #profile: Profile;

  constructor(periodUs: number) {
    this.learning = { us: 2 * periodUs };
    this.#profile = new Profile(periodUs);
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    const usual = this.#profile.at(record, start, reading.timeUs);
    if (Number.isNaN(usual)) return true;
    const distance = reading.values[0]! - usual;
    const count = record[start + DEVIATIONS]!;
    const scale = leastScale(record[start + DEVIATION]! * TO_DEVIATION, usual);
    const isWarm = count >= WARM_UP;
    const counted = isWarm ? Math.min(Math.abs(distance), MOST * scale) : Math.abs(distance);
    const share = Math.max(LEAST_SHARE, 1 / (count + 1));
    record[start + DEVIATIONS] = count + 1;
    record[start + DEVIATION] = record[start + DEVIATION]! + share * (counted - record[start + DEVIATION]!);
    if (!isWarm) return true;
    result[VALUE] = distance / scale;
    return Math.abs(result[VALUE]) <= GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading): void {
    this.#profile.learn(record, start, reading.timeUs, reading.values[0]!);
  }
}
