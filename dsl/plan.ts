/**
 * The plan: what a rule file means, as versioned plain JSON. It is the only thing the engine knows of the language, so
 * nothing in it may depend on JavaScript: another back end can run it. Times are microseconds, units are resolved.
 *
 * A plan is a list of nodes in topological order. Several sorts of node exist:
 *  - frame nodes (`source`, `side`, `rekey`, `merge`, windows, `match`) start a sequence of events or rows of their own;
 *  - view nodes (`filter`, `select`) see the same sequence through a mask and other column names;
 *  - column nodes (`compute`, `range`, `history`, `detector`, `lookup`) add columns to the view they read, under their own ids;
 *  - `table` has rows by key that `lookup` nodes read;
 *  - `rule`, `route` and `store` are the ends.
 * A column is named by a field of the view, or by the id of a column node; ids contain `#`, names never do.
 */
import type { DetectorNode } from './detector-plan.ts';
import type { IntervalJoinNode, LatestJoinNode, MergeNode } from './merge-plan.ts';
import type { MatchNode } from './pattern-plan.ts';

export type { DetectorName, DetectorNode, DetectorOutput, ForecastName, OutputKind } from './detector-plan.ts';
export { USUAL_PROBABILITY } from './detector-plan.ts';

export type {
  IntervalJoinNode,
  JoinKind,
  JoinTime,
  LatestJoinNode,
  MergeInput,
  MergeNode,
} from './merge-plan.ts';

export type { BoundAggregate, BoundValue, MatchNode, PatternEvent, PatternGuard, PatternPart } from './pattern-plan.ts';
export { columnsIn, columnsOf, mapOperands, replaceColumns } from './expression-parts.ts';

export const PLAN_VERSION = 1;

/** What a value is; times and durations are microseconds. */
export type ValueType = 'float' | 'int' | 'bool' | 'symbol' | 'string' | 'time' | 'duration' | 'quality' | 'severity';

/** `unit` is for people and sinks (`degC`); every number beside it is already in that unit. */
export type Field = { readonly name: string; readonly type: ValueType; readonly unit?: string };

export type Plan = { readonly version: typeof PLAN_VERSION; readonly nodes: readonly PlanNode[] };

export type PlanNode =
  | SourceNode
  | SideNode
  | TableNode
  | AlertsNode
  | FilterNode
  | SelectNode
  | ComputeNode
  | RangeNode
  | HistoryNode
  | DetectorNode
  | LookupNode
  | RekeyNode
  | MergeNode
  | IntervalJoinNode
  | LatestJoinNode
  | SilenceNode
  | WindowNode
  | MatchNode
  | RuleNode
  | RouteNode
  | StoreNode;

/** The columns that a node adds to the frame of its view. */
export function addedColumns(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'compute':
    case 'history':
      return [node.id];
    case 'range':
      return node.aggregates.map(({ name }) => name);
    case 'detector':
      return node.outputs.map(({ name }) => name);
    case 'lookup':
      return node.fields.map(({ name }) => name);
    default:
      return [];
  }
}

/** The views that a node reads, by id: one mostly, none of sources and tables. Of a route of alerts: `alerts`, which is none. */
export function inputsOf(node: PlanNode): readonly string[] {
  if (node.kind === 'merge') return node.inputs.map(({ input }) => input);
  return 'input' in node ? [node.input] : [];
}

// ---------------------------------------------------------------- frames

/**
 * Events from outside. The id is the stream's name. `fields` are all declared ones, in order: every one is checked,
 * those with `isNeeded` become columns.
 */
export type SourceNode = {
  readonly kind: 'source';
  readonly id: string;
  readonly connector: string; // nats, file, memory …
  readonly address: string; // paths of `file` are as written; `directory` says what they are relative to
  readonly directory: string;
  readonly codec: string | null;
  readonly key: readonly string[]; // names of fields; none: the stream is one key
  readonly fields: readonly SourceField[];
  readonly time: SourceTime | null; // null: event time is arrival
  readonly latenessUs: number;
  readonly idleUs: number | null; // null: never
  readonly staleUs?: number; // as `idle` says, where it is stated: alerts of a key that is silent for so long say so
  readonly futureUs: number | null; // null: 1h where the source records arrivals, 1d where not (MEANING.md 1)
  readonly expireUs: number | null; // a key that is unseen for so long is forgotten, if nothing of it is pending; null: never
  readonly unique?: UniqueEvents; // absent: every event is taken
};

/**
 * An event is left out where it equals one of its key that was taken less than `withinUs` before, by arrival: in these
 * fields, and in its time where `isOfTime` says so. Null is equal to null. The key's fields are not among them.
 */
export type UniqueEvents = {
  readonly fields: readonly string[];
  readonly isOfTime: boolean;
  readonly withinUs: number;
};

export type SourceField = Field & {
  readonly isNeeded: boolean;
  readonly from: FieldOrigin;
  /** true: a JSON string that reads as a number is taken (`= number($.t)`); CSV's numbers always are. */
  readonly isNumberFromText: boolean;
  /** Applied left to right to a number, exactly as written: `$.t * 0.1 - 50`. */
  readonly scaling: readonly { readonly operator: '+' | '-' | '*' | '/'; readonly by: number }[];
  readonly range: { readonly low: number; readonly high: number } | null; // inclusive; outside: rejected
  readonly default: string | number | boolean | null; // of a missing or null field
};

/**
 * Where a field's value stands in a message: a path in the payload (CSV: one segment, the column), or a subject token from 1.
 * `identity`: what the source knows its events by, where a raw series is stored: its own name, the sequence of the message,
 * and the event's place in it. These fields come last, and rules do not see them.
 */
export type FieldOrigin =
  | { readonly kind: 'path'; readonly path: readonly (string | number)[] }
  | { readonly kind: 'subject'; readonly token: number }
  | { readonly kind: 'identity'; readonly part: 'source' | 'sequence' | 'item' };

/** The names of such fields, by what they are of an event. */
export const IDENTITY_COLUMNS = { source: '#source', sequence: '#sequence', item: '#item' } as const;

export type SourceTime = {
  readonly from: FieldOrigin;
  readonly format: 's' | 'ms' | 'us' | 'ns' | 'iso';
};

/**
 * What a source leaves aside, as events of their own by the source's key (MEANING.md 10): `late` ones have its fields and
 * `event_time`, `rejected` ones what SIDE_FIELDS says. Their time is their arrival; the key of a rejected one may be null.
 */
export type SideNode = {
  readonly kind: 'side';
  readonly id: string; // `motor#late`
  readonly input: string; // a source
  readonly side: Side;
  readonly fields: readonly Field[]; // those that are read, the key's among them
};

export type Side = 'late' | 'rejected';

/** What an event has that was left aside, beside the source's fields or, of a rejected one, the key's. */
export const SIDE_FIELDS: Readonly<Record<Side, readonly Field[]>> = {
  late: [{ name: 'event_time', type: 'time' }],
  rejected: [
    { name: 'event_time', type: 'time' }, // null where it could not be read
    { name: 'code', type: 'symbol' },
    { name: 'reason', type: 'string' },
    { name: 'raw', type: 'string' },
  ],
};

/**
 * Rows by key, each in versions: the row of a key at a time is the last one that is valid from then or before. `fields` are all
 * declared ones, the key's among them; of a row that is there each may be null, but for the key's.
 */
export type TableNode = {
  readonly kind: 'table';
  readonly id: string;
  readonly connector: string; // file, kv, questdb
  readonly address: string;
  readonly directory: string; // as of a source
  readonly key: readonly string[];
  readonly fields: readonly SourceField[];
  /** The field that says from when a row is valid; null: from when it is found. */
  readonly validFrom: string | null;
};

/**
 * Changes of the alerts of rules as events of their own (MEANING.md 26), at the instant of the arrival clock at
 * which they happen. Their key has the fields that the keys of all these rules have; `carried` are values that all their alerts
 * carry. A field that is none of these, nor among ALERT_FIELDS, is a label.
 */
export type AlertsNode = {
  readonly kind: 'alerts';
  readonly id: string; // `motor#alerts`
  readonly input: string; // a source
  readonly others?: readonly string[]; // sources of further rules, in the file's order; absent: there is none
  readonly rules: readonly string[]; // ids of nodes
  readonly key: readonly Field[];
  readonly carried: readonly Field[];
  readonly fields: readonly Field[]; // those that are read, the key's among them
};

export const ALERT_FIELDS: readonly Field[] = [
  { name: 'rule', type: 'symbol' },
  { name: 'severity', type: 'severity' },
  { name: 'change', type: 'symbol' },
  { name: 'id', type: 'string' },
  { name: 'message', type: 'string' },
  { name: 'event_time', type: 'time' },
];

/** The same rows, keyed anew: `by site`, or `by global` where `by` is empty. Watermark: MEANING.md 6. */
export type RekeyNode = {
  readonly kind: 'rekey';
  readonly id: string;
  readonly input: string;
  readonly by: readonly string[]; // columns of the input
  readonly fields: readonly Field[]; // of the output: the new key's fields are among them
};

/** The column of a silence's rows that says whether the key is silent. */
export const SILENT = '#silent';

/**
 * A row of a key of the source whenever it falls silent (no message of it has come for `forUs`) and whenever it speaks again, and
 * while it is silent when its row of `expectedBy` changes. Time is the arrival clock's. Columns are the key's, and SILENT.
 */
export type SilenceNode = {
  readonly kind: 'silence';
  readonly id: string;
  readonly input: string; // a source
  readonly forUs: number;
  /** The table whose keys are watched, from its rows' appearance; null: the keys that have been seen. */
  readonly expectedBy: string | null;
};

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

/** `arguments` are columns of the input; `parameter` is the constant of `percentile(x, q)`, of `ewma`, of `duration`. */
export type AggregateColumn = {
  readonly name: string; // of the output column; contains `#`
  readonly aggregate: AggregateName;
  readonly arguments: readonly string[];
  readonly parameter?: number;
  readonly type: ValueType;
};

export type AggregateName =
  | 'count'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'first'
  | 'last'
  | 'stddev'
  | 'var'
  | 'median'
  | 'percentile'
  | 'mode'
  | 'distinct'
  | 'delta'
  | 'increase'
  | 'rate'
  | 'slope'
  | 'spread'
  | 'ewma'
  | 'integral'
  | 'twa'
  | 'duration'
  | 'argmax'
  | 'argmin'
  | 'correlation';

// ---------------------------------------------------------------- views

/** Rows for which the condition is true (not false, not null). */
export type FilterNode = {
  readonly kind: 'filter';
  readonly id: string;
  readonly input: string;
  readonly condition: Expression;
};

/** The same rows under other names: exactly `fields` are visible behind it (and the key's, which always are). */
export type SelectNode = {
  readonly kind: 'select';
  readonly id: string;
  readonly input: string;
  readonly fields: readonly (Field & { readonly column: string })[]; // a column of the input
};

// ---------------------------------------------------------------- columns

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

/**
 * Fields of the table's row that has these columns of the input as its key, as of the event's time (MEANING.md 17); null
 * where there is none. All look-ups of one row stand in one node.
 */
export type LookupNode = {
  readonly kind: 'lookup';
  readonly id: string;
  readonly input: string;
  readonly table: string;
  readonly key: readonly string[]; // in the order of the table's
  readonly fields: readonly (Field & { readonly field: string })[]; // `name` is the column that is added
};

// ---------------------------------------------------------------- ends

/** From the least to the most severe. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
/** How bad an alert is. */
export type Severity = (typeof SEVERITIES)[number];

/**
 * What happens to an alert. `returned`: its condition is over, and it waits to be acknowledged. ARRIVAL_CHANGES are on
 * the arrival clock. `stale`, `heard`: its device is silent, speaks again.
 */
export const ARRIVAL_CHANGES = [
  'stale',
  'heard',
  'escalated',
  'acknowledged',
  'commented',
  'shelved',
  'unshelved',
  'suppressed',
  'unsuppressed',
  'out_of_service',
  'in_service',
] as const;
/** All that can happen to an alert. */
export const ALERT_CHANGES = ['raised', 'level', 'cleared', 'returned', ...ARRIVAL_CHANGES] as const;
/** One of them. */
export type AlertChangeKind = (typeof ALERT_CHANGES)[number];

/** What operators do to alerts (MEANING.md 25). */
export const ACTION_KINDS = [
  'acknowledge',
  'comment',
  'shelve',
  'unshelve',
  'suppress',
  'unsuppress',
  'out_of_service',
  'in_service',
] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** A rule with its levels; conditions are columns of type bool. Meaning: MEANING.md 18–23. */
export type RuleNode = {
  readonly kind: 'rule';
  readonly id: string; // `rule:overheating`
  readonly name: string;
  readonly input: string;
  readonly levels: readonly RuleLevel[]; // in file order; a severity may stand more than once
  readonly clear: { readonly when: string; readonly forUs: number } | null;
  readonly clearAfterUs: number | null;
  readonly while: { readonly condition: string; readonly settleUs: number } | null;
  readonly cooldownUs: number;
  /** It stays until it is acknowledged. */
  readonly isLatched?: true;
  /** Of matches: a condition holds at the row of which it is true, and no longer. There is no `while`, and nothing lasts. */
  readonly isMomentary?: true;
  /** On the arrival clock, so long after it was raised. */
  readonly escalate?: { readonly severity: Severity; readonly afterUs: number; readonly isUnlessAcked: boolean };
  /** While it is true, the alerts are told as suppressed, and not routed. */
  readonly suppress?: Suppression;
  readonly quality: { readonly column: string | null; readonly otherwise: 'hold' | 'unknown' };
  /** Of a rule on a pattern: where its rows say which rows are bound; of a repeated event the first and the last. */
  readonly bound?: readonly BoundRow[];
  readonly message: Template | null;
  readonly values: readonly (Field & { readonly column: string })[]; // what an alert carries: fields named in conditions or message
  readonly labels: Readonly<Record<string, string>>;
  readonly cause?: string;
  readonly consequence?: string;
  readonly response?: string;
  readonly runbook?: string;
};

/** Columns with the time of a row of a stream and, where that is stored, its identity; null: it is not bound. */
export type BoundRow = {
  readonly stream: string;
  readonly time: string;
  readonly identity: { readonly source: string; readonly sequence: string; readonly item: string } | null;
};

export type RuleLevel = {
  readonly severity: Severity;
  readonly when: string;
  readonly forUs: number; // 0: at once
  readonly gapUs: number | null;
};

/**
 * A condition over `columns` of the rule's input, as the key's last row had them, and over `alerts`: each a column of type
 * bool that says whether an alert of that rule and key fires. These change on the arrival clock, between rows as well.
 */
export type Suppression = {
  readonly condition: Expression;
  readonly columns: readonly { readonly column: string; readonly type: ValueType }[]; // those of the keys of `alerts` among them
  readonly alerts: readonly SuppressingAlert[];
};

/** `rule` is a node's id, wherever it stands in the plan; `key` has a column for each field of its key. */
export type SuppressingAlert = { readonly column: string; readonly rule: string; readonly key: readonly string[] };

/** Text with holes: a hole names a value, a field of the key, `severity`, `rule` or `time`; a number is shown with its unit. */
export type Template = readonly (string | { readonly value: string })[];

/** `input` is a stream's id or `alerts`; `condition` of alerts is over severity, rule, the key's fields and labels. */
export type RouteNode = {
  readonly kind: 'route';
  readonly id: string;
  readonly input: string;
  readonly condition: Expression | null;
  readonly target: { readonly connector: string; readonly address: string | null; readonly directory: string };
};

/** The series of a stream, kept for `keepUs` (null: for ever); of a source also the series of what it rejects. */
export type StoreNode = {
  readonly kind: 'store';
  readonly id: string;
  readonly input: string;
  readonly keepUs: number | null;
};

/** Of what is read of a stream, of what it rejects, of what another stream gives. */
export type SeriesKind = 'raw' | 'rejected' | 'derived';

/** What a series has beside `time`, the key and the stream's fields. */
export const SERIES_FIELDS: Readonly<Record<SeriesKind, readonly Field[]>> = {
  /** When an event came, whether late, and which it is. */
  raw: [
    { name: 'arrived', type: 'time' },
    { name: 'late', type: 'bool' },
    { name: 'source', type: 'symbol' },
    { name: 'seq', type: 'int' },
    { name: 'item', type: 'int' },
  ],
  /** A row of a higher revision takes the place of one; a void row is none. */
  derived: [
    { name: 'revision', type: 'int' },
    { name: 'void', type: 'bool' },
  ],
  /** Time is arrival; the key is null where it could not be read. No field of the stream is in it. */
  rejected: [
    { name: 'event_time', type: 'time' },
    { name: 'code', type: 'symbol' },
    { name: 'reason', type: 'string' },
    { name: 'raw', type: 'string' },
    { name: 'source', type: 'symbol' },
    { name: 'seq', type: 'int' },
    { name: 'item', type: 'int' },
  ],
};

/** The name of the series of what a stored source rejects. */
export function rejectedSeries(stream: string): string {
  return `${stream}_rejected`;
}

// ---------------------------------------------------------------- expressions

export type ColumnExpression = { readonly kind: 'column'; readonly type: ValueType; readonly column: string };

/**
 * Typed expressions. Logic is Kleene's; arithmetic and comparison with null give null; x / 0 and other results that
 * are not finite give null. Functions are those of `dsl/catalog`. `time` is the event's time as a column.
 */
export type Expression =
  | { readonly kind: 'literal'; readonly type: ValueType; readonly value: number | string | boolean | null }
  | ColumnExpression
  | { readonly kind: 'negate'; readonly type: ValueType; readonly operand: Expression }
  | { readonly kind: 'not'; readonly type: 'bool'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly type: 'bool'; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'compare';
      readonly type: 'bool';
      readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=';
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'arithmetic';
      readonly type: ValueType;
      readonly operator: '+' | '-' | '*' | '/';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'coalesce'; readonly type: ValueType; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'is-null'; readonly type: 'bool'; readonly operand: Expression }
  | { readonly kind: 'in'; readonly type: 'bool'; readonly operand: Expression; readonly items: readonly Expression[] }
  | {
      readonly kind: 'case';
      readonly type: ValueType;
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise: Expression; // a null literal where the file has no else
    }
  | {
      readonly kind: 'call';
      readonly type: ValueType;
      readonly function: string;
      readonly version?: number; // of a function that the program brings; absent: one of the language
      readonly arguments: readonly Expression[];
    };

// ---------------------------------------------------------------- tests

/** A `test` block. Times are microseconds of the test's virtual clock, which starts at 0. */
export type TestCase = {
  readonly title: string;
  readonly rule: string | null;
  readonly file: string;
  readonly line: number;
  readonly steps: readonly TestStep[];
};

export type FieldValues = Readonly<Record<string, number | string | boolean | null>>;

export type TestStep =
  | {
      readonly kind: 'feed';
      readonly stream: string;
      readonly values: FieldValues;
      readonly everyUs: number | null; // null: one event
      readonly atUs: number;
      readonly lateUs: number;
      readonly series: readonly { readonly field: string; readonly segments: readonly FeedSegment[] }[];
      readonly line: number;
    }
  /** A row of a table is found; `atUs` null: it is there before the first event. */
  | {
      readonly kind: 'row';
      readonly table: string;
      readonly values: FieldValues;
      readonly atUs: number | null;
      readonly line: number;
    }
  | { readonly kind: 'restart'; readonly atUs: number; readonly line: number }
  | {
      readonly kind: 'expect';
      readonly isNegated: boolean;
      readonly target: { readonly kind: 'rule' | 'stream'; readonly name: string };
      readonly key: readonly (number | string | boolean)[];
      readonly severity: Severity | null;
      readonly change: AlertChangeKind | null;
      readonly values: FieldValues;
      readonly types: Readonly<Record<string, ValueType>>; // of these values
      /** at: from = to; before t: [0, t); after t: (t, ∞), which is null; between: [from, to] */
      readonly when: {
        readonly kind: 'at' | 'before' | 'after' | 'between';
        readonly fromUs: number;
        readonly toUs: number | null;
      } | null;
      readonly line: number;
      readonly text: string; // as written, for the message of a failure
    };

export type FeedSegment =
  | {
      readonly kind: 'constant';
      readonly value: number | string | boolean | null;
      readonly forUs: number;
      readonly lateUs: number;
    }
  | {
      readonly kind: 'ramp';
      readonly from: number;
      readonly to: number;
      readonly overUs: number;
      readonly lateUs: number;
    }
  | {
      readonly kind: 'noise';
      readonly mean: number;
      readonly deviation: number;
      readonly forUs: number;
      readonly lateUs: number;
    }
  | { readonly kind: 'gap'; readonly forUs: number };
