import type { DetectorNode } from '../../dsl/plan.ts';
import { type Detector, type Reading, VALUE } from '../anomaly/detector.ts';
import { NEVER_US, roundedTime } from './arrival.ts';
import { Direction } from './direction.ts';
import { SETTLED_WIDTH, SettledReadings } from './settled-readings.ts';
import { isDrawn, slopeOf, Trend, valueAt } from './trend.ts';

const FILLED = SETTLED_WIDTH; // what was filled in, all in all
const WAY = FILLED + 1;
const TREND = WAY + 1;

/**
 * `runs_out(x, empty, range)`: how long x takes down to the empty level if as much is used as in the range. What is filled in, a rise that is
 * more than noise can be, is taken off, so that the use is known across it. Ten years where nothing is used, or it is being
 * filled; 0 where it is empty. Null before eight of 32 parts of the range have readings. Cost: constant; 1.7 KB a key.
 */
export class RunsOut implements Detector {
  readonly width: number;
  readonly #readings = new SettledReadings();
  readonly #trend: Trend;
  readonly #direction = new Direction();

  constructor({ range }: DetectorNode) {
    this.#trend = new Trend(range!);
    this.width = TREND + this.#trend.width;
  }

  take(record: Float64Array, start: number, { timeUs, values }: Reading, result: Float64Array): void {
    const settled = this.#readings.take(record, start, timeUs, values[0]!);
    if (settled === null) return;
    const trend = start + TREND;
    if (settled.isLeap && settled.rise > 0)
      record[start + FILLED] = record[start + FILLED]! + settled.rise + usedIn(record, trend, settled.sinceUs);
    this.#trend.learn(record, trend, settled.timeUs, settled.value - record[start + FILLED]!);
    this.#trend.draw(record, trend, timeUs);
    if (!isDrawn(record, trend)) return;
    const left = valueAt(record, trend, timeUs) + record[start + FILLED]! - values[1]!;
    const isUsed = this.#direction.of(record, start + WAY, trend) === -1;
    result[VALUE] = left <= 0 ? 0 : isUsed ? roundedTime(left / -slopeOf(record, trend)) : NEVER_US;
  }
}

/** While it was filled, as much is used as before. */
function usedIn(record: Float64Array, trend: number, us: number): number {
  return isDrawn(record, trend) ? Math.max(0, -slopeOf(record, trend) * us) : 0;
}
