/**
 * Times that never fall within a key: what a key gave after it was forgotten and seen again may be older than what it
 * gave before, and yet stays behind that when all is put in order of time.
 */
export class RisenTimes {
  readonly #greatestUs = new Map<string, number>(); // bound: the keys of one round

  /** Of a key's rows, or changes, in the order in which they came. */
  next(key: string, timeUs: number): number {
    const risenUs = Math.max(timeUs, this.#greatestUs.get(key) ?? -Infinity);
    this.#greatestUs.set(key, risenUs);
    return risenUs;
  }
}
