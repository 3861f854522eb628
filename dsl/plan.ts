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
 *
 * What each node says is in dsl/plan/; the engine and back ends import this file alone.
 */
import type { AlertsNode } from './plan/alerts.ts';
import type { ComputeNode, HistoryNode, RangeNode } from './plan/columns.ts';
import type { DetectorNode } from './plan/detector.ts';
import type { IntervalJoinNode, LatestJoinNode } from './plan/join.ts';
import type { MergeNode } from './plan/merge.ts';
import type { MatchNode } from './plan/pattern.ts';
import type { RekeyNode } from './plan/rekey.ts';
import type { RouteNode } from './plan/route.ts';
import type { RuleNode } from './plan/rule.ts';
import type { SideNode } from './plan/side.ts';
import type { SilenceNode } from './plan/silence.ts';
import type { SourceNode } from './plan/source.ts';
import type { StoreNode } from './plan/store.ts';
import type { LookupNode, TableNode } from './plan/table.ts';
import type { FilterNode, SelectNode } from './plan/views.ts';
import type { WindowNode } from './plan/window.ts';

export type { AggregateColumn, AggregateName } from './plan/aggregate.ts';
export {
  ACTION_KINDS,
  type ActionKind,
  ALERT_CHANGES,
  type AlertChangeKind,
  ARRIVAL_CHANGES,
  SEVERITIES,
  type Severity,
} from './plan/alert-changes.ts';
export { ALERT_FIELDS, type AlertsNode } from './plan/alerts.ts';
export type { ComputeNode, HistoryNode, RangeNode, ShapeFunction } from './plan/columns.ts';
export {
  type DetectorName,
  type DetectorNode,
  type DetectorOutput,
  type ForecastName,
  type OutputKind,
  USUAL_PROBABILITY,
} from './plan/detector.ts';
export { columnsIn, columnsOf, mapOperands, replaceColumns } from './plan/expression-parts.ts';
export type { ColumnExpression, Expression } from './plan/expression.ts';
export type { Field, ValueType } from './plan/field.ts';
export type { IntervalJoinNode, JoinKind, JoinTime, LatestJoinNode } from './plan/join.ts';
export type { MergeInput, MergeNode } from './plan/merge.ts';
export type {
  BoundAggregate,
  BoundValue,
  MatchNode,
  PatternEvent,
  PatternGuard,
  PatternPart,
} from './plan/pattern.ts';
export type { RekeyNode } from './plan/rekey.ts';
export type { RouteNode } from './plan/route.ts';
export type { BoundRow, RuleLevel, RuleNode, Template } from './plan/rule.ts';
export { SIDE_FIELDS, type Side, type SideNode } from './plan/side.ts';
export { SILENT, type SilenceNode } from './plan/silence.ts';
export {
  type FieldOrigin,
  IDENTITY_COLUMNS,
  type SourceField,
  type SourceNode,
  type SourceTime,
  type UniqueEvents,
} from './plan/source.ts';
export { rejectedSeries, SERIES_FIELDS, type SeriesKind, type StoreNode } from './plan/store.ts';
export type { SuppressingAlert, Suppression } from './plan/suppression.ts';
export type { LookupNode, TableNode } from './plan/table.ts';
export type { FeedSegment, FieldValues, TestCase, TestStep } from './plan/test-case.ts';
export type { FilterNode, SelectNode } from './plan/views.ts';
export {
  type CountWindowNode,
  DURATION_COLUMN,
  type HoppingWindowNode,
  type SessionWindowNode,
  type StateWindowNode,
  type TumblingWindowNode,
  type WindowNode,
} from './plan/window.ts';

export const PLAN_VERSION = 1;

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
