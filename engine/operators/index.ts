import type { PlanNode, RuleNode } from '../../dsl/plan.ts';
import type { Downstream, Operator, OperatorContext } from '../operator.ts';
import type { ArrivalTimers } from '../state/arrival-timers.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import type { SilentKeys } from '../state/silent-keys.ts';
import { createCompute } from './compute.ts';
import { CountWindow } from './count-window.ts';
import { createDetect } from './detect.ts';
import { createFilter } from './filter.ts';
import { createHistory } from './history.ts';
import type { TableReplica } from '../state/table-replica.ts';
import { HoppingWindow } from './hopping-window.ts';
import { IntervalJoin } from './interval-join.ts';
import { LatestJoin } from './latest-join.ts';
import { createLookup } from './lookup.ts';
import { Match } from './match.ts';
import { createRange } from './range.ts';
import { Rekey } from './rekey.ts';
import type { ActivityClock } from './rekey/activity-clock.ts';
import { createRule } from './rule.ts';
import type { RuleOrigin } from './rule/rule-origin.ts';
import type { RunObserver } from './run-observer.ts';
import { SessionWindow } from './session-window.ts';
import { StateWindow } from './state-window.ts';
import { TumblingWindow } from './tumbling-window.ts';

/** What the kinds of nodes need beside the view that they read. */
export type NodeContext = OperatorContext & {
  /** Of the columns that the node adds, in order. */
  readonly outputSlots: readonly number[];
  /** Of the input's frame. */
  readonly keys: KeyDictionary;
  /** Of the frame that the node starts; the input's where it starts none. */
  readonly outputKeys: KeyDictionary;
  readonly downstream: Downstream;
  readonly clock: ActivityClock;
  /** As it is seen behind the input's source. */
  readonly tableOf: (id: string) => TableReplica;
  readonly arrivalTimers: ArrivalTimers;
  readonly originOf: (rule: RuleNode) => RuleOrigin;
  readonly observer?: RunObserver | undefined;
  readonly isOfSourceKeys: boolean;
  /** Of the input's keys; null: their silence says nothing. */
  readonly silence: SilentKeys | null;
  hasSeen(keyId: number): boolean;
};

/** From a plan node to its operator. What brings events in and what only names things (tables, selects, routes, stores) has none. */
export const OPERATORS = {
  source: null,
  side: null,
  silence: null, // engine/runtime/build/add-silence.ts connects it to its source
  merge: null, // and built-merges.ts, beside it, this to what it merges
  table: null,
  alerts: null,
  select: null,
  route: null,
  store: null,
  filter: (node, context) => createFilter(node, context, context.outputSlots[0]!),
  compute: (node, context) => createCompute(node, context, context.outputSlots[0]!),
  range: (node, context) => createRange(node, context, context.outputSlots),
  detector: (node, context) => createDetect(node, context, context.outputSlots),
  history: (node, context) => createHistory(node, context, context.outputSlots[0]!),
  lookup: (node, context) => createLookup(node, context, { ...context, table: context.tableOf(node.table) }),
  'interval-join': (node, context) => new IntervalJoin(node, context),
  'latest-join': (node, context) => new LatestJoin(node, context),
  rekey: (node, context) => new Rekey(node, context),
  'tumbling-window': (node, context) =>
    node.emitEveryUs === undefined ? new TumblingWindow(node, context) : new HoppingWindow(node, context),
  'hopping-window': (node, context) => new HoppingWindow(node, context),
  'session-window': (node, context) => new SessionWindow(node, context),
  'state-window': (node, context) => new StateWindow(node, context),
  'count-window': (node, context) => new CountWindow(node, context),
  match: (node, context) => new Match(node, context),
  rule: (node, context) => createRule(node, context),
} satisfies { [K in PlanNode['kind']]: Create<Extract<PlanNode, { kind: K }>> | null };

type Create<N extends PlanNode> = (node: N, context: NodeContext) => Operator;

export type OperatorNode = Exclude<
  PlanNode,
  { kind: 'source' | 'side' | 'alerts' | 'table' | 'silence' | 'merge' | 'select' | 'route' | 'store' }
>;

export function createOperator(node: OperatorNode, context: NodeContext): Operator {
  // The table's type pairs each kind with its node; the index loses that pairing.
  const create = OPERATORS[node.kind] as Create<OperatorNode>;
  return create(node, context);
}
