import type { AggregateColumn } from './aggregate.ts';
import type { Expression } from './expression.ts';
import type { ValueType } from './field.ts';

/** A pure expression over columns of the input. */
export type ComputeNode = {
  readonly kind: 'compute';
  readonly id: string;
  readonly input: string;
  readonly expression: Expression;
};

/**
 * Aggregates over the rows of the same key that lie in (t − us, t], or over the last `events` rows, this one included.
 * All aggregates over one range of one view stand in one node, so that they share its buffer. `inline` ranges skip
 * readings that are not good: `quality` names the column (MEANING.md 23).
 */
export type RangeNode = {
  readonly kind: 'range';
  readonly id: string;
  readonly input: string;
  readonly range: { readonly us: number } | { readonly events: number };
  readonly quality: string | null;
  readonly aggregates: readonly AggregateColumn[]; // their names are the columns that they add
};

/**
 * What the past says: `prev(x, n)`, `changed(x)`, `becomes(c)`, `since(c)`, and the shapes that readings make: `rising`,
 * `falling`, `stays` (over `events` readings, or since one that is `us` old), `crosses` (`argument` passes `limit`). Adds the
 * column `id`.
 */
export type HistoryNode = {
  readonly kind: 'history';
  readonly id: string;
  readonly input: string;
  readonly function: 'prev' | 'changed' | 'becomes' | 'since' | ShapeFunction;
  readonly argument: string; // of stays: a condition
  readonly events: number; // 1 where no number is said
  readonly us?: number;
  readonly limit?: string;
  /** Of shapes: readings whose column is not good are none; absent: all are. */
  readonly quality?: string;
  readonly type: ValueType;
};

export type ShapeFunction = 'rising' | 'falling' | 'stays' | 'crosses';
