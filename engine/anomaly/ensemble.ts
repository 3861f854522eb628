import { type Detector, PERIOD, type Reading, VALUE } from './detector.ts';
import { NOVELTY_WIDTH, rarityOf } from './novelty.ts';
import { PROFILE_WIDTH, Profile } from './profile.ts';
import { RECALIBRATION_WIDTH, recalibrated } from './recalibration.ts';

const DAY_US = 86_400_000_000;
const WARM_UP = 50; // readings

const SEEN = 0; // readings
const FIRST = 1; // when the first one was
const SHORT = 2; // means of the last few, and of more
const LONG = 3;
const CHANGE = 4; // the mean of how much one reading differs from the next
const LAST = 5;
const PROFILE = 6;
const RECALIBRATION = PROFILE + PROFILE_WIDTH;
const VIEWS = RECALIBRATION + RECALIBRATION_WIDTH;
const VIEW_COUNT = 5;

// What a new reading is of each mean.
const OF_SHORT = 1 / 8;
const OF_LONG = 1 / 64;
const OF_CHANGE = 1 / 64;

const OTHERS = 0.3; // decades, by which what the level alone says comes first

/**
 * `anomaly(x)`: how rare a reading is by five views of the series, each a novelty of its own: the level itself, how far it lies from the last few
 * readings, a trend (few against many), the spread, and the distance from what is usual at this time of day. The rarest counts,
 * corrected by how often readings have been as rare. Nothing has to be set. Cost: constant; 5.8 KB a key.
 */
export class Ensemble implements Detector {
  readonly width = VIEWS + VIEW_COUNT * NOVELTY_WIDTH;
  readonly #profile = new Profile(DAY_US);

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const value = reading.values[0]!;
    const seen = record[start + SEEN]!;
    if (seen === 0) begin(record, start, reading.timeUs, value);
    const deviation = value - record[start + SHORT]!;
    const usual = this.#profile.at(record, start + PROFILE, reading.timeUs);
    this.#profile.learn(record, start + PROFILE, reading.timeUs, value);
    move(record, start, value);
    let rarity = rarityIn(record, start, 0, value);
    const others = Math.max(
      rarityIn(record, start, 1, deviation),
      rarityIn(record, start, 2, record[start + SHORT]! - record[start + LONG]!),
      rarityIn(record, start, 3, record[start + CHANGE]!),
      rarityIn(record, start, 4, Number.isNaN(usual) ? 0 : value - usual),
    );
    rarity = Math.max(rarity, others - OTHERS);
    record[start + SEEN] = seen + 1;
    if (seen < WARM_UP) return;
    const probability = 10 ** -Math.max(0, recalibrated(record, start + RECALIBRATION, rarity));
    result[VALUE] = 1 - probability;
    result[PERIOD] = (reading.timeUs - record[start + FIRST]!) / seen / probability;
  }
}

function begin(record: Float64Array, start: number, timeUs: number, value: number): void {
  record[start + FIRST] = timeUs;
  record[start + SHORT] = value;
  record[start + LONG] = value;
  record[start + LAST] = value;
}

function move(record: Float64Array, start: number, value: number): void {
  record[start + SHORT] = record[start + SHORT]! + OF_SHORT * (value - record[start + SHORT]!);
  record[start + LONG] = record[start + LONG]! + OF_LONG * (value - record[start + LONG]!);
  const change = Math.abs(value - record[start + LAST]!);
  record[start + CHANGE] = record[start + CHANGE]! + OF_CHANGE * (change - record[start + CHANGE]!);
  record[start + LAST] = value;
}

/** −log₁₀ of the probability that a view gives its newest value. */
function rarityIn(record: Float64Array, start: number, view: number, value: number): number {
  return -Math.log10(rarityOf(record, start + VIEWS + view * NOVELTY_WIDTH, value));
}
