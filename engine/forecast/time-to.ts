import type { DetectorNode } from '../../dsl/plan.ts';
import { type Detector, type Reading, VALUE } from '../anomaly/detector.ts';
import { NEVER_US, roundedTime } from './arrival.ts';
import { Course, trendAt } from './course.ts';
import { beganAt, slopeOf, valueAt } from './trend.ts';

/**
 * `time_to(x, limit, range)`: how long x takes to the limit if it goes on as in the range; 0 once it has come there and goes on. Ten
 * years where it goes nowhere, which is where so steep a slope might be chance, or the other way: so it is known that nothing is near, and an alert
 * clears. Null before eight of 32 parts of the range have readings. Cost: constant; 1.7 KB a key.
 */
export class TimeTo implements Detector {
  readonly width: number;
  readonly #course: Course;

  constructor({ range }: DetectorNode) {
    this.#course = new Course(range!);
    this.width = this.#course.width;
  }

  take(record: Float64Array, start: number, { timeUs, values }: Reading, result: Float64Array): void {
    const settled = this.#course.settle(record, start, timeUs, values[0]!);
    if (settled === null) return;
    const followed = { timeUs: settled.timeUs, value: settled.value, nextUs: timeUs };
    if (!this.#course.follow(record, start, followed)) return;
    const way = this.#course.wayOf(record, start);
    result[VALUE] = way === 0 ? NEVER_US : timeTo(record, trendAt(start), timeUs, values[1]!);
  }
}

/** Of a limit that lay between then and now, 0. */
function timeTo(record: Float64Array, trend: number, timeUs: number, limit: number): number {
  const slope = slopeOf(record, trend);
  const us = (limit - valueAt(record, trend, timeUs)) / slope;
  if (us >= 0) return roundedTime(us);
  return timeUs + us >= beganAt(record, trend) ? 0 : NEVER_US;
}
