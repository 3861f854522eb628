const QUARTER_OF_AN_HOUR_US = 900_000_000;
const LEAST_PLACES = 96;
const MOST_PLACES = 336; // half hours of a week

const OPEN = 0; // the newest place's number since the epoch, plus 1; 0: there is none
const SUM = 1; // of its readings
const COUNT = 2;
const FIRST = 3; // the number of the first place that was complete; 0: none was
const PLACES = 4;

const LEAST_SHARE = 0.25; // of a new period
const NEAR = 24; // a place that has no readings is like one that is no further than such a part of the period
const LEAST_OF_PERIOD = 8; // places with readings, for the mean of a period

/**
 * What a series has to do with the place in its period: how far the mean of each place lies from that of the period which ends there, a mean over periods
 * that a single one changes by a quarter at most (the ratio to a moving average, Macaulay 1931, without what comes later). A trend shifts
 * all of it by the same. Places are quarters of an hour of a period up to 84 hours, and 96 at least. Cost: constant; for a new place their number.
 */
export class Season {
  readonly width: number;
  readonly #places: number;
  readonly #placeUs: number;

  constructor(periodUs: number) {
    this.#places = Math.min(MOST_PLACES, Math.max(LEAST_PLACES, Math.round(periodUs / QUARTER_OF_AN_HOUR_US)));
    this.#placeUs = periodUs / this.#places;
    this.width = PLACES + 4 * this.#places;
  }

  /** NaN: not known, as it is everywhere in the first two periods. */
  at(record: Float64Array, start: number, timeUs: number): number {
    const near = Math.floor(this.#places / NEAR);
    const isKnown = record[start + OPEN]! - record[start + FIRST]! >= 2 * this.#places - near;
    if (record[start + FIRST] === 0 || !isKnown) return Number.NaN;
    const number = Math.floor(timeUs / this.#placeUs);
    for (let distance = 0; distance <= near; distance++) {
      const before = this.#levelOf(record, start, number - distance);
      if (!Number.isNaN(before)) return before;
      const behind = this.#levelOf(record, start, number + distance);
      if (!Number.isNaN(behind)) return behind;
    }
    return Number.NaN;
  }

  learn(record: Float64Array, start: number, timeUs: number, value: number): void {
    const open = Math.floor(timeUs / this.#placeUs) + 1;
    if (open !== record[start + OPEN]) {
      if (record[start + COUNT]! > 0) this.#leave(record, start);
      record[start + OPEN] = open;
      record[start + SUM] = 0;
      record[start + COUNT] = 0;
    }
    record[start + SUM] = record[start + SUM]! + value;
    record[start + COUNT] = record[start + COUNT]! + 1;
  }

  /** The readings of a place are complete. */
  #leave(record: Float64Array, start: number): void {
    const number = record[start + OPEN]!;
    const place = this.#placeOf(number - 1);
    const mean = record[start + SUM]! / record[start + COUNT]!;
    record[this.#means(start) + place] = mean;
    record[this.#numbers(start) + place] = number;
    if (record[start + FIRST] === 0) record[start + FIRST] = number;
    if (number - record[start + FIRST]! < this.#places - 1) return;
    const around = this.#meanOfPeriod(record, start, number);
    if (Number.isNaN(around)) return;
    const visits = record[this.#visits(start) + place]! + 1;
    const level = record[this.#levels(start) + place]!;
    record[this.#visits(start) + place] = visits;
    record[this.#levels(start) + place] = level + Math.max(LEAST_SHARE, 1 / visits) * (mean - around - level);
  }

  /** Of the one that ends with this place. NaN: too few of its places have readings. */
  #meanOfPeriod(record: Float64Array, start: number, number: number): number {
    let sum = 0;
    let count = 0;
    for (let place = 0; place < this.#places; place++) {
      if (record[this.#numbers(start) + place]! <= number - this.#places) continue;
      sum += record[this.#means(start) + place]!;
      count++;
    }
    return count < LEAST_OF_PERIOD ? Number.NaN : sum / count;
  }

  #levelOf(record: Float64Array, start: number, number: number): number {
    const place = this.#placeOf(number);
    return record[this.#visits(start) + place] === 0 ? Number.NaN : record[this.#levels(start) + place]!;
  }

  #placeOf(number: number): number {
    return ((number % this.#places) + this.#places) % this.#places;
  }

  #means(start: number): number {
    return start + PLACES;
  }

  #numbers(start: number): number {
    return start + PLACES + this.#places;
  }

  #levels(start: number): number {
    return start + PLACES + 2 * this.#places;
  }

  #visits(start: number): number {
    return start + PLACES + 3 * this.#places;
  }
}
