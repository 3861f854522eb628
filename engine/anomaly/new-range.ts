import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { leastScale } from './scale.ts';

const COUNT = 0;
const LOW = 1;
const HIGH = 2;
const WARM_UP = 100; // readings
const GATE = 0.1; // of the range

/**
 * `new_range(x)`: how far x lies above all readings before it, or (negative) below, in parts of the range that they have; 0 within it.
 * One that is a tenth beyond is not learnt. Cost: constant; 56 bytes a key.
 */
export class NewRange implements Baseline {
  readonly width = 3;
  readonly learning = { events: 500 };

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    if (record[start + COUNT]! < WARM_UP) return true;
    const value = reading.values[0]!;
    const low = record[start + LOW]!;
    const high = record[start + HIGH]!;
    const beyond = value > high ? value - high : value < low ? value - low : 0;
    result[VALUE] = beyond / leastScale(high - low, (high + low) / 2);
    return Math.abs(result[VALUE]) <= GATE;
  }

  learn(record: Float64Array, start: number, reading: Reading): void {
    const value = reading.values[0]!;
    const isFirst = record[start + COUNT] === 0;
    record[start + COUNT] = record[start + COUNT]! + 1;
    record[start + LOW] = isFirst ? value : Math.min(record[start + LOW]!, value);
    record[start + HIGH] = isFirst ? value : Math.max(record[start + HIGH]!, value);
  }
}
