import { studentQuantiles } from './student-t.ts';
import { isSloping, slopeOf } from './trend.ts';

const BEGINS = 0.999;
const STAYS = 0.95;

/**
 * Which way x goes: up (1), down (-1), nowhere (0). A slope begins to count where it would be chance once in a thousand times, and no longer counts
 * where it would once in twenty, so that what is said of it does not flutter. `record[at]` is what was said last.
 */
export class Direction {
  readonly #begins = studentQuantiles(BEGINS);
  readonly #stays = studentQuantiles(STAYS);

  of(record: Float64Array, at: number, trend: number): number {
    const way = Math.sign(slopeOf(record, trend));
    const quantiles = record[at] === way ? this.#stays : this.#begins;
    record[at] = isSloping(record, trend, quantiles) ? way : 0;
    return record[at]!;
  }
}
