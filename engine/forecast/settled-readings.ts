const HAS_LAST = 0;
const LAST_TIME = 1;
const LAST = 2; // the newest reading that has settled
const HAS_WAITING = 3;
const WAITING_TIME = 4;
const WAITING = 5; // the newest reading of all
const CHANGE = 6; // the mean of how much x changes from one reading to the next, where it does
const CHANGES = 7;

export const SETTLED_WIDTH = 8;

const WARM_UP = 8; // changes
const LEAST_SHARE = 0.01; // of a new change
const MOST = 4; // usual changes, that one counts for
const LEAP = 8; // usual changes: no noise is as far

/** `sinceUs`, `rise`: from the reading before it; `isLeap`: more than noise can be. */
export type Settled = { timeUs: number; value: number; sinceUs: number; rise: number; isLeap: boolean };

/**
 * Readings without spikes: each waits for the next one, and gives way to the nearer one of its neighbours where both are far off on the same
 * side (the median of three, Tukey 1977; while it is not known what is far, always). A step is no spike.
 */
export class SettledReadings {
  readonly #settled: Settled = { timeUs: 0, value: 0, sinceUs: 0, rise: 0, isLeap: false };

  /** The reading before this one, which has now settled; null: there is none. Valid until the next call. */
  take(record: Float64Array, start: number, timeUs: number, value: number): Settled | null {
    const hasSettled = record[start + HAS_WAITING] === 1;
    if (hasSettled) this.#settle(record, start, value);
    record[start + HAS_WAITING] = 1;
    record[start + WAITING_TIME] = timeUs;
    record[start + WAITING] = value;
    return hasSettled ? this.#settled : null;
  }

  #settle(record: Float64Array, start: number, next: number): void {
    const waiting = record[start + WAITING]!;
    const isFirst = record[start + HAS_LAST] === 0;
    const last = isFirst ? waiting : record[start + LAST]!;
    const leap = record[start + CHANGES]! < WARM_UP ? 0 : LEAP * record[start + CHANGE]!;
    const value = isSpike(last, waiting, next, leap) ? nearerOf(waiting, last, next) : waiting;
    const rise = value - last;
    const timeUs = record[start + WAITING_TIME]!;
    this.#settled.timeUs = timeUs;
    this.#settled.value = value;
    this.#settled.sinceUs = isFirst ? 0 : timeUs - record[start + LAST_TIME]!;
    this.#settled.rise = rise;
    this.#settled.isLeap = leap > 0 && Math.abs(rise) > leap;
    record[start + HAS_LAST] = 1;
    record[start + LAST_TIME] = timeUs;
    record[start + LAST] = value;
    if (rise !== 0) learnChange(record, start, Math.abs(rise));
  }
}

function isSpike(last: number, value: number, next: number, leap: number): boolean {
  const before = value - last;
  const behind = value - next;
  return before * behind > 0 && Math.min(Math.abs(before), Math.abs(behind)) > leap;
}

function nearerOf(value: number, last: number, next: number): number {
  return Math.abs(value - last) <= Math.abs(value - next) ? last : next;
}

function learnChange(record: Float64Array, start: number, change: number): void {
  const changes = record[start + CHANGES]! + 1;
  const usual = record[start + CHANGE]!;
  const counted = changes <= WARM_UP ? change : Math.min(change, MOST * usual);
  record[start + CHANGES] = changes;
  record[start + CHANGE] = usual + Math.max(LEAST_SHARE, 1 / changes) * (counted - usual);
}
