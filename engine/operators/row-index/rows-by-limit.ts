import type { FloatColumn } from '../../batch.ts';
import type { Frame } from '../../operator.ts';
import type { LimitGuard } from './guard.ts';
import type { Findable, RowFinder } from './row-finder.ts';
import { rowsBeyond, type Sign, signOf } from './rows-beyond.ts';

/** `limit`: times the sign by which it is the least that is passed on. */
export type LimitEntry<Seat> = { readonly limit: number; readonly seat: Seat };

/** Rules or filters of which each is about rows with values of a column that are not below, or above, a limit: from the first that is passed on. */
export class RowsByLimit<Seat extends Findable> implements RowFinder<Seat> {
  readonly #slot: number;
  readonly #sign: Sign;
  #entries: LimitEntry<Seat>[] = []; // in order once it is open
  #isInOrder = true;
  #values: FloatColumn | undefined; // of the open frame

  constructor({ kind, column }: LimitGuard, { slotOf }: { slotOf(column: string): number }) {
    this.#slot = slotOf(column);
    this.#sign = signOf(kind);
  }

  /** Of an open one: those with more rows first. */
  get entries(): readonly LimitEntry<Seat>[] {
    return this.#entries;
  }

  add(seat: Seat, { limit }: LimitGuard): void {
    this.#entries.push({ limit: limit * this.#sign, seat });
    this.#isInOrder = false;
  }

  remove(seat: Seat): void {
    this.#entries = this.#entries.filter(entry => entry.seat !== seat);
  }

  open(frame: Frame): void {
    if (!this.#isInOrder) this.#entries.sort((a, b) => a.limit - b.limit || a.seat.place - b.seat.place);
    this.#isInOrder = true;
    this.#values = frame.columns[this.#slot] as FloatColumn; // as: what has a limit is a number
  }

  /** benchmark: throughput/100-thresholds */
  mark({ length }: Frame, marks: Uint8Array): void {
    const least = this.#entries[0]?.limit ?? Infinity;
    const sign = this.#sign;
    const { values } = this.#values!;
    for (let i = 0; i < length; i++) marks[i]! |= values[i]! * sign >= least ? 1 : 0;
  }

  /**
   * Writes the rows under the mask (undefined: all) of which any of them may have something to see, in order; returns how many
   * these are. benchmark: peers, 100-limits
   */
  select({ length }: Frame, mask: Uint8Array | undefined, to: Uint32Array): number {
    const least = this.#entries[0]?.limit ?? Infinity;
    const sign = this.#sign;
    const { values } = this.#values!;
    if (mask === undefined) return rowsBeyond({ values, limit: least * sign, sign }, length, to);
    let count = 0;
    for (let i = 0; i < length; i++) {
      to[count] = i;
      count += values[i]! * sign >= least ? mask[i]! : 0;
    }
    return count;
  }

  seatAt(row: number, n: number): Seat | undefined {
    const { values, valid } = this.#values!;
    const entry = this.#entries[n];
    if (entry === undefined || (valid !== undefined && valid[row] === 0)) return undefined;
    return values[row]! * this.#sign >= entry.limit ? entry.seat : undefined;
  }
}
