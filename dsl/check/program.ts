import type {
  Expression,
  Field,
  RuleNode,
  Side,
  SilenceNode,
  SourceField,
  SourceNode,
  Suppression,
  TableNode,
  TestCase,
  ValueType,
} from '../plan.ts';
import type { ColumnRequest, WindowAggregate } from './columns.ts';
import type { CheckedJoin } from './join.ts';
import type { CheckedPattern } from './pattern.ts';
import type { StreamSchema, TableSchema } from './schema.ts';
import type { Checked } from './scope.ts';
import type { Panes } from './window.ts';

/**
 * A rule file once all of it is resolved: what lowering turns into nodes. Columns with `#` are names within their
 * statement (columns.ts). Statements that are wrong or that this version cannot run are not in it.
 */
export type Program = {
  readonly tables: readonly CheckedTable[];
  readonly streams: readonly CheckedStream[]; // each behind those that it reads
  readonly rules: readonly CheckedRule[];
  readonly stores: readonly CheckedStore[];
  readonly routes: readonly CheckedRoute[];
  readonly tests: readonly TestCase[];
};

export type CheckedTable = { readonly schema: TableSchema; readonly table: Omit<TableNode, 'kind'> };

export type CheckedStream = SourceStream | DerivedStream;

export type SourceStream = {
  readonly kind: 'source';
  readonly schema: StreamSchema;
  readonly source: Omit<SourceNode, 'kind' | 'id' | 'fields'> & {
    readonly fields: readonly Omit<SourceField, 'isNeeded'>[];
  };
};

export type DerivedStream = {
  readonly kind: 'derived';
  readonly schema: StreamSchema;
  readonly from: string;
  /** What `from` is made of where it is `alerts`. */
  readonly alerts?: CheckedAlerts;
  /** The two streams that `from` joins. */
  readonly join?: CheckedJoin;
  /** Of whose matches `from` is. */
  readonly pattern?: CheckedPattern;
  /** Of what `from` leaves aside; null: of its rows. */
  readonly side: Side | null;
  readonly where: CheckedWhere | null;
  readonly by: readonly string[] | null; // fields of the input; none of them: one key for all
  readonly window: CheckedWindow | null;
  /** Columns of the rows: behind the window, or of the events where there is none. */
  readonly columns: readonly ColumnRequest[];
  readonly having: Expression | null;
  readonly select: readonly SelectedColumn[];
};

export type CheckedWhere = { readonly columns: readonly ColumnRequest[]; readonly condition: Expression };

export type SelectedColumn = {
  readonly name: string;
  readonly type: ValueType;
  readonly unit: Checked['unit'];
  readonly column: string;
};

/** A window of panes; `sliding` is none: its aggregates are ranges among the stream's columns. */
export type CheckedWindow = {
  readonly panes: Panes;
  readonly emitEveryUs: number | null; // of early rows
  readonly reviseUs: number | null; // how far back late events change rows
  readonly eventColumns: readonly ColumnRequest[]; // arguments of the aggregates
  readonly aggregates: readonly WindowAggregate[];
};

/** What the engine's rule node says of it, with the columns of the rule's own view behind `where` and `by`. */
export type CheckedRule = {
  readonly name: string;
  readonly on: string;
  /** Its rows are those of the stream's silence. */
  readonly silence: Pick<SilenceNode, 'forUs' | 'expectedBy'> | null;
  /** Of whose matches `on` is. */
  readonly pattern?: CheckedPattern;
  /** What `on` is made of where it is `alerts`. */
  readonly alerts?: CheckedAlerts;
  readonly where: CheckedWhere | null;
  readonly by: readonly string[] | null;
  readonly columns: readonly ColumnRequest[];
  readonly suppression?: CheckedSuppression;
  readonly rule: Omit<RuleNode, 'kind' | 'id' | 'name' | 'input' | 'quality' | 'suppress'> & {
    readonly otherwise: 'hold' | 'unknown';
  };
};

/** As the plan's, with the names of rules, over columns of the rule's own view. */
export type CheckedSuppression = Suppression & { readonly requests: readonly ColumnRequest[] };

/** Changes of alerts of these rules. */
export type CheckedAlerts = {
  /** Streams from connectors that the rules' rows come from, in the file's order; at least one. */
  readonly sources: readonly string[];
  readonly rules: readonly string[];
  readonly key: readonly Field[];
  /** Fields of the streams of all these rules. */
  readonly carried: readonly Field[];
  /** Names that who reads them may ask for, other things among them. */
  readonly asked: ReadonlySet<string>;
};

export type CheckedStore = { readonly stream: string; readonly keepUs: number | null };

export type CheckedRoute = {
  readonly stream: string; // or `alerts`
  readonly condition: Expression | null;
  readonly targets: readonly {
    readonly connector: string;
    readonly address: string | null;
    readonly directory: string;
  }[];
};
