import type { DetectorNode } from '../../dsl/plan.ts';
import { type Detector, type Reading, VALUE } from '../anomaly/detector.ts';
import { NEVER_US, roundedTime } from './arrival.ts';
import { Direction } from './direction.ts';
import { SETTLED_WIDTH, SettledReadings } from './settled-readings.ts';
import { beganAt, isDrawn, slopeOf, Trend, valueAt } from './trend.ts';

const WAY = SETTLED_WIDTH;
const TREND = WAY + 1;

/**
 * `time_to(x, limit, range)`: how long x takes to the limit if it goes on as in the range; 0 once it has come there and goes on. Ten
 * years where it goes nowhere, which is where so steep a slope might be chance, or the other way: so it is known that nothing is near, and an alert
 * clears. Null before eight of 32 parts of the range have readings. Cost: constant; 1.7 KB a key.
 */
export class TimeTo implements Detector {
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
    this.#trend.learn(record, trend, settled.timeUs, settled.value);
    this.#trend.draw(record, trend, timeUs);
    if (!isDrawn(record, trend)) return;
    const way = this.#direction.of(record, start + WAY, trend);
    result[VALUE] = way === 0 ? NEVER_US : timeTo(record, trend, timeUs, values[1]!);
  }
}

/** Of a limit that lay between then and now, 0. */
function timeTo(record: Float64Array, trend: number, timeUs: number, limit: number): number {
  const slope = slopeOf(record, trend);
  const us = (limit - valueAt(record, trend, timeUs)) / slope;
  if (us >= 0) return roundedTime(us);
  return timeUs + us >= beganAt(record, trend) ? 0 : NEVER_US;
}
