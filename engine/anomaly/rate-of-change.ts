import type { RangeNode } from '../../dsl/plan.ts';
import { type Detector, type Reading, VALUE } from './detector.ts';

/** The first reading of each of so many parts of the range is kept. */
const PARTS = 16;
const KEPT = PARTS + 1;

const SEEN = 0; // readings
const OLDEST = 1; // where the oldest one is
const SIZE = 2; // how many there are
const NUMBERS = 3; // of the parts
const TIMES = NUMBERS + KEPT;
const VALUES = TIMES + KEPT;

/**
 * `rate_of_change(x, range)`: how much x has changed per second since the reading that is as old as the range, give or take a sixteenth of
 * it; null before there is one. Cost: constant; 430 bytes a key.
 */
export class RateOfChange implements Detector {
  readonly width = VALUES + KEPT;
  readonly #size: number; // of a part
  readonly #isOfTime: boolean;

  constructor(range: RangeNode['range']) {
    this.#isOfTime = 'us' in range;
    this.#size = 'us' in range ? range.us / PARTS : Math.max(1, range.events / PARTS);
  }

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const part = Math.floor((this.#isOfTime ? reading.timeUs : record[start + SEEN]!) / this.#size);
    record[start + SEEN] = record[start + SEEN]! + 1;
    while (record[start + SIZE]! > 1 && record[start + NUMBERS + place(record, start, 1)]! <= part - PARTS)
      drop(record, start);
    const size = record[start + SIZE]!;
    const oldest = record[start + OLDEST]!;
    if (size > 0 && record[start + NUMBERS + oldest]! <= part - PARTS) {
      const seconds = (reading.timeUs - record[start + TIMES + oldest]!) / 1e6;
      if (seconds > 0) result[VALUE] = (reading.values[0]! - record[start + VALUES + oldest]!) / seconds;
    }
    if (size > 0 && record[start + NUMBERS + place(record, start, size - 1)] === part) return;
    const at = place(record, start, size);
    record[start + NUMBERS + at] = part;
    record[start + TIMES + at] = reading.timeUs;
    record[start + VALUES + at] = reading.values[0]!;
    record[start + SIZE] = size + 1;
  }
}

/** Of the reading that is the so-many-th after the oldest. */
function place(record: Float64Array, start: number, after: number): number {
  return (record[start + OLDEST]! + after) % KEPT;
}

function drop(record: Float64Array, start: number): void {
  record[start + OLDEST] = place(record, start, 1);
  record[start + SIZE] = record[start + SIZE]! - 1;
}
