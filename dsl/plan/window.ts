import type { AggregateColumn } from './aggregate.ts';

/**
 * One row per key and pane that had events: the key, `until`, and each aggregate. Time is the pane's start. Panes begin when
 * a clock shows a multiple of their size since the epoch: UTC, or that of the IANA zone, which waits where it would be set
 * back; there, sizes of whole weeks count from a Monday.
 */
export type TumblingWindowNode = EmitsEarly &
  Revises & {
    readonly kind: 'tumbling-window';
    readonly id: string;
    readonly input: string;
    readonly sizeUs: number;
    readonly zone?: string; // absent: UTC
    readonly aggregates: readonly AggregateColumn[];
  };

/** Panes of `sizeUs` that start at every multiple of `everyUs`, by the same clock. */
export type HoppingWindowNode = EmitsEarly &
  Revises & {
    readonly kind: 'hopping-window';
    readonly id: string;
    readonly input: string;
    readonly sizeUs: number;
    readonly everyUs: number;
    readonly zone?: string;
    readonly aggregates: readonly AggregateColumn[];
  };

/**
 * A pane opens with an event and closes `gapUs` after its last one, `maxUs` after its first (null: no matter) if that is
 * sooner. The rows of windows whose panes are as long as events make them also have DURATION_COLUMN: here, from the
 * first event to the last.
 */
export type SessionWindowNode = EmitsEarly &
  Revises & {
    readonly kind: 'session-window';
    readonly id: string;
    readonly input: string;
    readonly gapUs: number;
    readonly maxUs: number | null;
    readonly aggregates: readonly AggregateColumn[];
  };

/**
 * A pane opens with an event of which `from` is true, where none is open; it closes with the first later event of which
 * `to` is true, which is not in it and may open the next one, or `maxUs` after its start (null: no matter). Both are
 * columns of type bool. The duration is that of the pane.
 */
export type StateWindowNode = EmitsEarly & {
  readonly kind: 'state-window';
  readonly id: string;
  readonly input: string;
  readonly from: string;
  readonly to: string;
  readonly maxUs: number | null;
  readonly aggregates: readonly AggregateColumn[];
};

/**
 * The key's last `size` events, for the first time with the one of that number, then with every `every`-th. A row has the
 * time of its last event, and so has its `until`.
 */
export type CountWindowNode = {
  readonly kind: 'count-window';
  readonly id: string;
  readonly input: string;
  readonly size: number;
  readonly every: number;
  readonly aggregates: readonly AggregateColumn[];
};

/** Starts a sequence of rows, of which each is made of several of its input. */
export type WindowNode = TumblingWindowNode | HoppingWindowNode | SessionWindowNode | StateWindowNode | CountWindowNode;

/** What `duration()` gives. No aggregate is called so: their names begin with a stream's. */
export const DURATION_COLUMN = '#duration';

/**
 * A window with `emitEveryUs` also gives rows of open panes, at each multiple of that since the epoch before which events
 * came since the last: `until` is that instant. They go through filters and computed columns to the selects that read the
 * window, and from there to sinks only, as its closing rows do, each with a revision that is higher than those before of
 * its pane: the number of such multiples between the pane's start and `until`.
 */
type EmitsEarly = { readonly emitEveryUs?: number };

/**
 * A late event that is no further behind its key's watermark than `reviseUs` changes the rows of the panes that it would have
 * been in, and what is behind them: they are computed again from the raw series, which is stored.
 */
type Revises = { readonly reviseUs?: number };
