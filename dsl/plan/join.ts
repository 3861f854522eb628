import type { Field } from './field.ts';

/** Pairs; pairs, and what has no partner; what has none alone. */
export type JoinKind = 'inner' | 'left' | 'anti';

/**
 * Which rows belong together: those that are less than `withinUs` apart, the right one at or before the left one, at or after it,
 * or either; or each left one with the last right one so far, which was less than `withinUs` before (null: whenever).
 */
export type JoinTime =
  | { readonly kind: 'within'; readonly withinUs: number; readonly direction: 'before' | 'after' | 'around' }
  | { readonly kind: 'latest'; readonly withinUs: number | null };

type JoinedRows = {
  readonly id: string;
  readonly input: string; // of merged rows
  /** Bool columns of the input: which of its rows are of the one side, and of the other. */
  readonly left: string;
  readonly right: string;
  readonly join: JoinKind;
  /** Of the joined rows, which also have the key. `column`: of the input. Those of the right side are null where it has no row. */
  readonly fields: readonly (Field & { readonly column: string; readonly of: 'left' | 'right' })[];
};

/**
 * A row for each pair, in the order of the later ones, whose time it has. A left row that is without a partner when none can come
 * any more gives one then, if `join` asks for that: with its own time (`before`), or that and `withinUs`.
 */
export type IntervalJoinNode = JoinedRows & {
  readonly kind: 'interval-join';
  readonly withinUs: number;
  readonly direction: 'before' | 'after' | 'around';
  /** So many rows of a key wait for others, of each side; beyond them the oldest is dropped, and counted. */
  readonly maxRows: number;
};

/** A row for each left one, at its time, with the right row that came last in the input's order. */
export type LatestJoinNode = JoinedRows & { readonly kind: 'latest-join'; readonly withinUs: number | null };
