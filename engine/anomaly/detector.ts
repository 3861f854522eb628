/**
 * A detector of a key's readings. All that it knows of a key is a record of `width` doubles, so that its cost and its memory are
 * bounded, and it can be saved at any moment; a new key's are 0. It sees no clock and no random numbers.
 */
export interface Detector {
  readonly width: number;
  /**
   * Judges a reading by those before it, then remembers it. `record` is the key's from `start` on; times of a key never fall.
   * Results go to `result`, by the places below; those that are not written are null.
   */
  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void;
}

/** The values of a detector's arguments, in their order, and when they were read. */
export type Reading = { timeUs: number; readonly values: Float64Array };

/** Where a detector puts its results. */
export const VALUE = 0;
export const PERIOD = 1;
export const ARGUMENT = 2;
export const RESULTS = 3;
