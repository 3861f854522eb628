import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { leastScale } from './scale.ts';

const COUNT = 0;
const MEAN = 1;
const SQUARES = 2;
const ABOVE = 3;
const BELOW = 4;
const WARM_UP = 30; // readings
const SLACK = 0.25; // standard deviations
const MOST = 4; // that one reading says

/**
 * `page_hinkley(x)`: as `cusum`, against the mean of all readings before (Hinkley 1971), with half its slack: it needs no range, and finds
 * smaller shifts later. In standard deviations, negative where readings are below; beyond 25 is usually called a shift. Cost:
 * constant; 72 bytes a key.
 */
export class PageHinkley implements Baseline {
  readonly width = 5;
  readonly learning = { events: 500 };

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    const count = record[start + COUNT]!;
    if (count < WARM_UP) return true;
    const mean = record[start + MEAN]!;
    const score = (reading.values[0]! - mean) / leastScale(Math.sqrt(record[start + SQUARES]! / (count - 1)), mean);
    const step = Math.max(-MOST, Math.min(MOST, score));
    const above = Math.max(0, record[start + ABOVE]! + step - SLACK);
    const below = Math.max(0, record[start + BELOW]! - step - SLACK);
    record[start + ABOVE] = above;
    record[start + BELOW] = below;
    result[VALUE] = above >= below ? above : -below;
    return Math.abs(score) <= MOST;
  }

  learn(record: Float64Array, start: number, reading: Reading): void {
    const value = reading.values[0]!;
    const count = record[start + COUNT]! + 1;
    const distance = value - record[start + MEAN]!;
    const mean = record[start + MEAN]! + distance / count;
    record[start + COUNT] = count;
    record[start + MEAN] = mean;
    record[start + SQUARES] = record[start + SQUARES]! + distance * (value - mean);
  }
}
