import type {
  AggregateColumn,
  Expression,
  BoundValue,
  Field,
  MatchNode,
  PatternEvent,
  PlanNode,
  Severity,
  SourceField,
  WindowNode,
} from '../../dsl/plan.ts';

/** Nodes that remember something between events. */
export type StatefulNode =
  | WindowNode
  | MatchNode
  | Extract<
      PlanNode,
      {
        readonly kind:
          | 'source'
          | 'side'
          | 'alerts'
          | 'rekey'
          | 'interval-join'
          | 'latest-join'
          | 'merge'
          | 'silence'
          | 'range'
          | 'history'
          | 'detector'
          | 'rule';
      }
    >;

/** Nodes whose state is of the rows that they read. */
export type RowsNode = Exclude<StatefulNode, { readonly kind: 'source' | 'rule' }>;

/** A node that its rows come through; one that only renames changes nothing. */
export type RowsStep =
  | WindowNode
  | MatchNode
  | Extract<
      PlanNode,
      {
        readonly kind:
          | 'source'
          | 'side'
          | 'alerts'
          | 'filter'
          | 'rekey'
          | 'interval-join'
          | 'latest-join'
          | 'merge'
          | 'silence';
      }
    >;

/** Why a node starts empty: the first difference between what is stored under its name and what it is now. */
export type StateChange =
  /** Nothing is stored under its name, nor of its meaning under another. */
  | { readonly kind: 'new' }
  | { readonly kind: 'key'; readonly stored: readonly Field[]; readonly next: readonly Field[] }
  /** Of a source: event time is read in another way. */
  | { readonly kind: 'time' }
  | { readonly kind: 'levels'; readonly stored: readonly Severity[]; readonly next: readonly Severity[] }
  /** Where its rows come from: another stream, or the same one, which starts empty itself. */
  | { readonly kind: 'stream'; readonly stored: string; readonly next: string }
  /** A condition that its rows have to pass. */
  | { readonly kind: 'condition'; readonly stored: Expression; readonly next: Expression }
  /** Something else that its rows come through; null: it is new, or gone. */
  | { readonly kind: 'rows'; readonly stored: RowsStep | null; readonly next: RowsStep | null }
  /** A field of a source, which values come from, is declared otherwise. */
  | { readonly kind: 'field'; readonly stored: SourceField; readonly next: SourceField }
  /** A computed or selected value means something else. */
  | { readonly kind: 'column'; readonly column: string }
  /** What this aggregate needs was not kept. */
  | { readonly kind: 'aggregate'; readonly aggregate: AggregateColumn }
  /** An event of a pattern, which is another one by what it says itself. */
  | { readonly kind: 'event'; readonly stored: PatternEvent; readonly next: PatternEvent }
  /** What a pattern gives of its rows now was not kept. */
  | { readonly kind: 'value'; readonly value: BoundValue }
  /** Its own size, grouping, function or pattern. */
  | { readonly kind: 'definition'; readonly stored: RowsNode };

export function hasState(node: PlanNode): node is StatefulNode {
  return node.kind === 'source' || node.kind === 'rule' || isOfRows(node);
}

export function isOfRows(node: PlanNode): node is RowsNode {
  return 'aggregates' in node || ROW_KINDS.has(node.kind);
}

const ROW_KINDS: ReadonlySet<PlanNode['kind']> = new Set([
  'side',
  'alerts',
  'rekey',
  'interval-join',
  'latest-join',
  'merge',
  'silence',
  'history',
  'detector',
  'match',
]);
