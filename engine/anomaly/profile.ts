/** Places of a period. */
export const BINS = 96;

const BIN = 0; // the newest one's number since the epoch, plus 1; 0: there is none
const SUM = 1; // of its readings
const COUNT = 2;
const LEVELS = 3;
const VISITS = LEVELS + BINS;

export const PROFILE_WIDTH = VISITS + BINS;

const LEAST_SHARE = 0.25; // of a new period

/** What a series usually is at each place of its period: the mean of its readings there, of recent periods most. */
export class Profile {
  readonly #binUs: number;

  constructor(periodUs: number) {
    this.#binUs = periodUs / BINS;
  }

  /** NaN: the place has not been seen in an earlier period. */
  at(record: Float64Array, start: number, timeUs: number): number {
    const place = placeOf(Math.floor(timeUs / this.#binUs));
    return record[start + VISITS + place] === 0 ? Number.NaN : record[start + LEVELS + place]!;
  }

  learn(record: Float64Array, start: number, timeUs: number, value: number): void {
    const bin = Math.floor(timeUs / this.#binUs) + 1;
    if (bin !== record[start + BIN]) {
      if (record[start + COUNT]! > 0) leave(record, start);
      record[start + BIN] = bin;
      record[start + SUM] = 0;
      record[start + COUNT] = 0;
    }
    record[start + SUM] = record[start + SUM]! + value;
    record[start + COUNT] = record[start + COUNT]! + 1;
  }
}

/** The readings of a place are complete: they become part of its level. */
function leave(record: Float64Array, start: number): void {
  const place = placeOf(record[start + BIN]! - 1);
  const visits = record[start + VISITS + place]! + 1;
  const mean = record[start + SUM]! / record[start + COUNT]!;
  const level = record[start + LEVELS + place]!;
  record[start + VISITS + place] = visits;
  record[start + LEVELS + place] = level + Math.max(LEAST_SHARE, 1 / visits) * (mean - level);
}

function placeOf(bin: number): number {
  return ((bin % BINS) + BINS) % BINS;
}
