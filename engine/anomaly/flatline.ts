import type { RangeNode } from '../../dsl/plan.ts';
import { type Detector, type Reading, VALUE } from './detector.ts';

const SEEN = 0; // readings
const LEVEL = 1; // where x has been since
const SINCE = 2; // time, or number of the reading
const NOISE = 3; // the geometric mean of how much it changes from one reading to the next, where it does
const CHANGES = 4;
const LAST = 5;
const FIRST = 6; // time, or number, of the first reading

const QUIET = 0.02; // of the noise: less is no change
const WARM_UP = 30; // changes, of which none is too little to be one
const LEAST_SHARE = 0.01; // of a new change
const MOST = 50; // times the noise, that one change counts for

/**
 * `flatline(x, range)`: whether x has stood still for the whole range, as a sensor that hangs does: to within a fiftieth of what it
 * usually changes from one reading to the next; one glitch, however large, hardly changes what is usual. Null before the key is as old
 * as the range. Cost: constant; 56 bytes a key.
 */
export class Flatline implements Detector {
  readonly width = 7;
  readonly #range: number;
  readonly #isOfTime: boolean;

  constructor(range: RangeNode['range']) {
    this.#isOfTime = 'us' in range;
    this.#range = 'us' in range ? range.us : range.events - 1;
  }

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const value = reading.values[0]!;
    const now = this.#isOfTime ? reading.timeUs : record[start + SEEN]!;
    if (record[start + SEEN] === 0) {
      record[start + FIRST] = now;
      stand(record, start, now, value);
    } else {
      learnNoise(record, start, Math.abs(value - record[start + LAST]!));
      const isStill = Math.abs(value - record[start + LEVEL]!) <= QUIET * record[start + NOISE]!;
      if (!isStill) stand(record, start, now, value);
    }
    record[start + SEEN] = record[start + SEEN]! + 1;
    record[start + LAST] = value;
    if (now - record[start + FIRST]! >= this.#range)
      result[VALUE] = now - record[start + SINCE]! >= this.#range ? 1 : 0;
  }
}

function stand(record: Float64Array, start: number, now: number, value: number): void {
  record[start + LEVEL] = value;
  record[start + SINCE] = now;
}

/** A reading that is the same says nothing of how much others change. */
function learnNoise(record: Float64Array, start: number, change: number): void {
  const noise = record[start + NOISE]!;
  const changes = record[start + CHANGES]! + 1;
  if (change === 0 || (changes > WARM_UP && change <= QUIET * noise)) return;
  const times = Math.max(1 / MOST, Math.min(MOST, change / noise));
  record[start + CHANGES] = changes;
  record[start + NOISE] = changes === 1 ? change : noise * times ** Math.max(LEAST_SHARE, 1 / changes);
}
