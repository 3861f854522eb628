import type { Frame } from '../../operator.ts';
import type { FormedCondition } from './condition-forms.ts';

/** What is found: a rule, or a filter. */
export type Findable = {
  readonly place: number; // among those of the index
  /** It has something to see where any of these is true. */
  readonly levels: readonly FormedCondition[];
  /** It also sees the other rows that it is found by. */
  readonly readsQuiet: boolean;
};

/** Finds rules, or filters, by the values of one column. */
export interface RowFinder<Seat extends Findable> {
  remove(seat: Seat): void;
  /** What is asked of from here on are rows of this frame. */
  open(frame: Frame): void;
  /** Writes 1 where one of them may have something to see; also at entries that are no rows, whose columns are garbage. */
  mark(frame: Frame, marks: Uint8Array): void;
  /** The n-th of those that may have something to see at a row; undefined: there are no more. */
  seatAt(row: number, n: number): Seat | undefined;
}
