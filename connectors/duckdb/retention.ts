/**
 * How far back a series is kept: by event time, so that a year that is replayed in an hour is kept as one that was lived
 * through. What is older than `keep` before the newest row goes in whole stretches, so a series holds up to one stretch more.
 */
export class Retention {
  readonly #keepUs: number | null;
  readonly #stretchUs: number;
  #newestUs: number;
  #removedUs = -Infinity; // up to here

  constructor(keepUs: number | null, newestUs: number) {
    this.#keepUs = keepUs;
    this.#stretchUs = keepUs === null ? 0 : stretchOf(keepUs);
    this.#newestUs = newestUs;
  }

  /** A row of this time is there. */
  reached(timeUs: number): void {
    if (timeUs > this.#newestUs) this.#newestUs = timeUs;
  }

  /** Rows before this are too old. */
  get oldestUs(): number {
    if (this.#keepUs === null || this.#newestUs === -Infinity) return -Infinity;
    return Math.floor((this.#newestUs - this.#keepUs) / this.#stretchUs) * this.#stretchUs;
  }

  get isDue(): boolean {
    return this.oldestUs > this.#removedUs;
  }

  removed(beforeUs: number): void {
    this.#removedUs = beforeUs;
  }

  /** Rows from here on are removed at once, up to this: a bounded part of what may have to go. */
  stretchEnd(oldestUs: number, beforeUs: number): number {
    return Math.min((Math.floor(oldestUs / this.#stretchUs) + 1) * this.#stretchUs, beforeUs);
  }
}

function stretchOf(keepUs: number): number {
  return STRETCHES_US.find(stretchUs => stretchUs * FEWEST_STRETCHES <= keepUs) ?? Math.max(1, Math.ceil(keepUs / 10));
}

const FEWEST_STRETCHES = 10;
const STRETCHES_US = [86_400e6, 3_600e6, 60e6, 1e6];
