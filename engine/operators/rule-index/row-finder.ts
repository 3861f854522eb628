import type { Frame } from '../../operator.ts';
import type { Seat } from './seat.ts';

/** Finds rules by the values of one column. */
export interface RowFinder {
  remove(seat: Seat): void;
  /** What is asked of from here on are rows of this frame. */
  open(frame: Frame): void;
  /** Writes 1 where one of its rules may have something to see; also at entries that are no rows, whose columns are garbage. */
  mark(frame: Frame, marks: Uint8Array): void;
  /** The n-th of the rules that may have something to see at a row; undefined: there are no more. */
  seatAt(row: number, n: number): Seat | undefined;
}
