import type { AggregateName } from './aggregate.ts';
import type { Expression } from './expression.ts';
import type { ValueType } from './field.ts';

/**
 * Matches of a pattern, per key, as rows (MEANING.md 27–31): the key and `values`. A row has the time of the match's last
 * event, or of the due time where the last step is an absence. `on: 'timeout'` gives a row for each match that has begun and
 * that time has ended, as `withinUs` of the whole or of a part had passed, at that time, with what is bound until then. Every row of the input's view is
 * looked at; each of `events` says which of them are its own.
 */
export type MatchNode = {
  readonly kind: 'match';
  readonly id: string; // `wear#match`
  readonly input: string;
  readonly events: readonly PatternEvent[]; // in the order in which they are written, those of `unless` behind the others
  readonly root: PatternPart;
  readonly withinUs: number | null; // less than that from the first event to the last; null: one event completes it
  readonly unless: readonly PatternGuard[];
  readonly skip: 'past-last' | 'none';
  readonly on: 'match' | 'timeout';
  readonly maxPartial: number; // partial matches per key; beyond them the oldest is dropped, and counted
  readonly values: readonly BoundValue[]; // their names are the columns of the rows, and what conditions read
};

/** One event that a pattern names: which rows are it. All that is stated has to hold. */
export type PatternEvent = {
  readonly name: string; // the binding, or the stream where it has none: for people
  readonly rows: string | null; // a bool column: the rows of its stream that are looked at; null: all rows are
  readonly when: string | null; // a bool column: the part of the condition that is over the row alone
  /** The part that reads what is bound already: over columns of the input and names of `values`. */
  readonly condition: Expression | null;
};

/**
 * A tree; each of `events` stands in it once, but for those of `unless`. `event`: its place there. `max` null: any number; a
 * quantifier on an `event` binds several rows. A part that is repeated needs an event each time, a part of `any` and `all` is
 * never empty, and what comes last cannot be. An absence that nothing comes before looks back from the event that
 * follows it, which has to stand in its own sequence.
 */
export type PatternPart =
  | { readonly kind: 'event'; readonly event: number; readonly min: number; readonly max: number | null }
  | {
      readonly kind: 'sequence';
      readonly parts: readonly PatternPart[];
      readonly arrows: readonly ('next' | 'strict')[]; // -> and ~>; one fewer than parts
      readonly withinUs: number | null; // of this part, from its first event to its last
      readonly min: number;
      readonly max: number | null;
    }
  /** One of them · all of them, in any order. */
  | {
      readonly kind: 'any' | 'all';
      readonly parts: readonly PatternPart[];
      readonly min: number;
      readonly max: number | null;
    }
  /** No such event for so long, in the open interval behind what was before it. */
  | { readonly kind: 'absence'; readonly event: number; readonly forUs: number };

/** Such an event ends a partial match: behind its first event, or between two bindings (places in MatchNode.events). */
export type PatternGuard = { readonly event: number; readonly between: readonly [number, number] | null };

/**
 * What is kept of the rows that are bound to an event: a column of one of them (`index` from 0), or an aggregate over all.
 * `column` null: `count`. A value of an event that is not bound is null.
 */
export type BoundValue = {
  readonly name: string; // contains `#`
  readonly event: number;
  readonly take:
    | { readonly kind: 'first' }
    | { readonly kind: 'last' }
    | { readonly kind: 'index'; readonly index: number }
    | { readonly kind: 'aggregate'; readonly aggregate: BoundAggregate };
  readonly column: string | null;
  readonly type: ValueType;
};

/** Those that need no more than some numbers a match, however many rows are bound. */
export type BoundAggregate = Extract<
  AggregateName,
  'count' | 'sum' | 'avg' | 'min' | 'max' | 'stddev' | 'var' | 'spread' | 'delta'
>;
