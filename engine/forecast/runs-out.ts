import type { DetectorNode } from '../../dsl/plan.ts';
import { type Detector, type Reading, VALUE } from '../anomaly/detector.ts';
import { NEVER_US, roundedTime } from './arrival.ts';
import { Course, trendAt } from './course.ts';
import { isDrawn, slopeOf, valueAt } from './trend.ts';

const FILLED = 0; // what was filled in, all in all
const COURSE = 1; // without that

/**
 * `runs_out(x, empty, range)`: how long x takes down to the empty level if as much is used as in the range. What is filled in, a rise that is
 * more than noise can be, is taken off, so that the use is known across it. Ten years where nothing is used, or it is being
 * filled; 0 where it is empty. Null before eight of 32 parts of the range have readings. Cost: constant; 1.7 KB a key.
 */
export class RunsOut implements Detector {
  readonly width: number;
  readonly #course: Course;

  constructor({ range }: DetectorNode) {
    this.#course = new Course(range!);
    this.width = COURSE + this.#course.width;
  }

  take(record: Float64Array, start: number, { timeUs, values }: Reading, result: Float64Array): void {
    const course = start + COURSE;
    const settled = this.#course.settle(record, course, timeUs, values[0]!);
    if (settled === null) return;
    const trend = trendAt(course);
    if (settled.isLeap && settled.rise > 0)
      record[start + FILLED] = record[start + FILLED]! + settled.rise + usedIn(record, trend, settled.sinceUs);
    const filled = record[start + FILLED]!;
    const followed = { timeUs: settled.timeUs, value: settled.value - filled, nextUs: timeUs };
    if (!this.#course.follow(record, course, followed)) return;
    const left = valueAt(record, trend, timeUs) + filled - values[1]!;
    const isUsed = this.#course.wayOf(record, course) === -1;
    result[VALUE] = left <= 0 ? 0 : isUsed ? roundedTime(left / -slopeOf(record, trend)) : NEVER_US;
  }
}

/** While it was filled, as much is used as before. */
function usedIn(record: Float64Array, trend: number, us: number): number {
  return isDrawn(record, trend) ? Math.max(0, -slopeOf(record, trend) * us) : 0;
}
