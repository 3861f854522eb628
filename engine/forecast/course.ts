import type { RangeNode } from '../../dsl/plan.ts';
import { Direction } from './direction.ts';
import { SETTLED_WIDTH, type Settled, SettledReadings } from './settled-readings.ts';
import { isDrawn, Trend } from './trend.ts';

const WAY = SETTLED_WIDTH;
const TREND = WAY + 1;

/**
 * Where x is going: the line of a range through readings without spikes, and which way it goes. For each reading first `settle`, then, where
 * one has settled, `follow`. Cost: constant; 1.7 KB a key.
 */
export class Course {
  readonly width: number;
  readonly #readings = new SettledReadings();
  readonly #trend: Trend;
  readonly #direction = new Direction();

  constructor(range: RangeNode['range']) {
    this.#trend = new Trend(range);
    this.width = TREND + this.#trend.width;
  }

  /** The reading before this one, which has now settled; null: there is none. Valid until the next call. */
  settle(record: Float64Array, start: number, timeUs: number, value: number): Settled | null {
    return this.#readings.take(record, start, timeUs, value);
  }

  /** What has settled is on the line with that value; the line is drawn as it is before a reading at `nextUs`. False: there is none yet. */
  follow(record: Float64Array, start: number, { timeUs, value, nextUs }: Followed): boolean {
    const trend = trendAt(start);
    this.#trend.learn(record, trend, timeUs, value);
    this.#trend.draw(record, trend, nextUs);
    return isDrawn(record, trend);
  }

  /** Up (1), down (-1), nowhere (0), where there is a line. */
  wayOf(record: Float64Array, start: number): number {
    return this.#direction.of(record, start + WAY, trendAt(start));
  }
}

type Followed = { readonly timeUs: number; readonly value: number; readonly nextUs: number };

/** Of the course whose record begins at `start`. */
export function trendAt(start: number): number {
  return start + TREND;
}
