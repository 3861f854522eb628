import type { RangeNode } from '../../dsl/plan.ts';
import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { leastScale } from './scale.ts';

/** Places of a period. */
const BINS = 48;

const BIN = 0; // the newest one's number since the epoch, plus 1; 0: there is none
const SUM = 1;
const COUNT = 2;
const LEVEL = 3;
const LEVEL_BIN = 4; // that the level is of
const TREND = 5; // per place
const BINS_SEEN = 6;
const PLACES_SEEN = 7; // a bit of each, of those of the first BINS
const DEVIATION = 8; // the mean of absolute ones
const DEVIATIONS = 9;
const SEASONS = 10;

// What a new place says of each (Winters 1960 leaves them to the user); with the season's it takes four periods to change it by two thirds.
const OF_LEVEL = 0.1;
const OF_TREND = 0.01;
const OF_SEASON = 0.25;

const LEAST_SHARE = 0.005; // of a new deviation
const MOST = 4; // scales, that one reading counts for
const GATE = 6;
const TO_DEVIATION = 1.2533; // of normally distributed readings

/**
 * `holt_winters(x, 1d)`: how far x lies from its forecast by level, trend and season (Winters 1960, additive), in standard deviations. As
 * `seasonal`, for what also drifts. One place of the period, a forty-eighth of it, is one step; a trend is followed for one period at
 * most, where nothing is learnt. Says nothing in the first two periods. Cost: constant; 500 bytes a key.
 */
export class HoltWinters implements Baseline {
  readonly width = SEASONS + BINS;
  readonly learning: RangeNode['range'];
  readonly #binUs: number;

  constructor(periodUs: number) {
    this.learning = { us: 2 * periodUs };
    this.#binUs = periodUs / BINS;
  }

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    if (record[start + BINS_SEEN]! < BINS) return true;
    const bin = Math.floor(reading.timeUs / this.#binUs) + 1;
    const steps = Math.min(BINS, bin - record[start + LEVEL_BIN]!);
    const forecast = record[start + LEVEL]! + steps * record[start + TREND]! + record[start + SEASONS + placeOf(bin)]!;
    const distance = reading.values[0]! - forecast;
    const count = record[start + DEVIATIONS]!;
    const scale = leastScale(record[start + DEVIATION]! * TO_DEVIATION, forecast);
    const isWarm = record[start + BINS_SEEN]! >= 2 * BINS;
    const counted = isWarm ? Math.min(Math.abs(distance), MOST * scale) : Math.abs(distance);
    record[start + DEVIATIONS] = count + 1;
    record[start + DEVIATION] =
      record[start + DEVIATION]! + Math.max(LEAST_SHARE, 1 / (count + 1)) * (counted - record[start + DEVIATION]!);
    if (!isWarm) return true;
    result[VALUE] = distance / scale;
    return Math.abs(result[VALUE]) <= GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading): void {
    const bin = Math.floor(reading.timeUs / this.#binUs) + 1;
    if (bin !== record[start + BIN]) {
      if (record[start + COUNT]! > 0) this.#step(record, start);
      record[start + BIN] = bin;
      record[start + SUM] = 0;
      record[start + COUNT] = 0;
    }
    record[start + SUM] = record[start + SUM]! + reading.values[0]!;
    record[start + COUNT] = record[start + COUNT]! + 1;
  }

  /** A place is complete. In the first period it is the season, and the mean of all so far the level. */
  #step(record: Float64Array, start: number): void {
    const mean = record[start + SUM]! / record[start + COUNT]!;
    const bin = record[start + BIN]!;
    const steps = bin - record[start + LEVEL_BIN]!;
    record[start + LEVEL_BIN] = bin;
    const place = placeOf(bin);
    const season = start + SEASONS + place;
    const seen = record[start + BINS_SEEN]! + 1;
    record[start + BINS_SEEN] = seen;
    if (seen <= BINS) {
      record[season] = mean;
      if (!hasBit(record[start + PLACES_SEEN]!, place))
        record[start + PLACES_SEEN] = record[start + PLACES_SEEN]! + 2 ** place;
      record[start + LEVEL] = record[start + LEVEL]! + (mean - record[start + LEVEL]!) / seen;
      if (seen === BINS) centre(record, start);
      return;
    }
    const before = record[start + LEVEL]! + steps * record[start + TREND]!;
    const level = before + OF_LEVEL * (mean - record[season]! - before);
    record[start + TREND] =
      record[start + TREND]! + OF_TREND * ((level - record[start + LEVEL]!) / steps - record[start + TREND]!);
    record[start + LEVEL] = level;
    record[season] = record[season]! + OF_SEASON * (mean - level - record[season]!);
  }
}

/** What each place differs from the level by: nothing, where no reading has been yet. */
function centre(record: Float64Array, start: number): void {
  for (let place = 0; place < BINS; place++) {
    const season = start + SEASONS + place;
    record[season] = hasBit(record[start + PLACES_SEEN]!, place) ? record[season]! - record[start + LEVEL]! : 0;
  }
}

/** Of a whole number of 48 bits. */
function hasBit(bits: number, place: number): boolean {
  return Math.floor(bits / 2 ** place) % 2 === 1;
}

function placeOf(bin: number): number {
  return ((bin % BINS) + BINS) % BINS;
}
