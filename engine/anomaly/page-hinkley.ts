import { type Reading, VALUE } from './detector.ts';
import type { Baseline } from './guarded.ts';
import { addRunning, RUNNING_WIDTH, runningCount, runningDeviation, runningMean } from './running-moments.ts';
import { leastScale } from './scale.ts';
import { addTwoSided, MOST, TWO_SIDED_WIDTH } from './two-sided-sum.ts';

const WARM_UP = 30; // readings
const SLACK = 0.25; // standard deviations

/**
 * `page_hinkley(x)`: as `cusum`, against the mean of all readings before (Hinkley 1971), with half its slack: it needs no range, and finds
 * smaller shifts later. In standard deviations, negative where readings are below; beyond 25 is usually called a shift. Cost:
 * constant; 72 bytes a key.
 */
export class PageHinkley implements Baseline {
  readonly width = RUNNING_WIDTH + TWO_SIDED_WIDTH;
  readonly learning = { events: 500 };

  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean {
    if (runningCount(record, start) < WARM_UP) return true;
    const mean = runningMean(record, start);
    const score = (reading.values[0]! - mean) / leastScale(runningDeviation(record, start), mean);
    result[VALUE] = addTwoSided(record, start + RUNNING_WIDTH, score, SLACK);
    return Math.abs(score) <= MOST;
  }

  learn(record: Float64Array, start: number, reading: Reading): void {
    addRunning(record, start, reading.values[0]!);
  }
}
