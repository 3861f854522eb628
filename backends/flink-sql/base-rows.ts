import {
  columnsOf,
  type ComputeNode,
  type PlanNode,
  type RouteNode,
  type RuleNode,
  type StoreNode,
  type TableNode,
} from '../../dsl/plan.ts';
import type { ColumnNode } from './added-columns.ts';
import { countRows } from './count-window.ts';
import { intervalRows, latestRows } from './join.ts';
import { matchRows } from './match.ts';
import { mergedRows } from './merge.ts';
import { windowRows } from './panes.ts';
import type { Queries } from './queries.ts';
import { namedRows, type Rows } from './rows.ts';
import { atom } from './sql.ts';

/** Rows by themselves; column nodes add to those, ends read them. */
type ViewNode = Exclude<PlanNode, ColumnNode | ComputeNode | TableNode | RuleNode | RouteNode | StoreNode>;

/** The rows that a view begins with, before columns are added to it. */
export function baseRows(node: PlanNode, wanted: ReadonlySet<string>, queries: Queries): Rows {
  const view = node as ViewNode; // as: only such a node is read
  const base = BASES[view.kind] as (node: ViewNode, wanted: ReadonlySet<string>, queries: Queries) => Rows; // as: by its kind
  return base(view, wanted, queries);
}

type Base<Kind extends ViewNode['kind']> = (
  node: Extract<ViewNode, { kind: Kind }>,
  wanted: ReadonlySet<string>,
  queries: Queries,
) => Rows;

const named = (node: ViewNode, _: ReadonlySet<string>, queries: Queries) => queries.read(node.id);

/** Something to go on with, so that the other gaps of the statement are found. */
const refused = (construct: string, why: string) => (node: ViewNode, wanted: ReadonlySet<string>, queries: Queries) => {
  const absent = atom(queries.gaps.add(construct, why));
  const columns = new Map([...wanted, 'time'].map(column => [column, absent]));
  return namedRows(node.id, { columns, key: [], clock: { name: 'time', of: { kind: 'events' } } });
};

const BASES = {
  source: named,
  select: named,
  filter: (node, wanted, queries) => {
    const columns = [...wanted, ...columnsOf(node.condition)];
    return queries.where(queries.rows(node.input, columns), node.condition);
  },
  rekey: (node, wanted, queries) => ({ ...queries.rows(node.input, [...wanted, ...node.by]), key: node.by }),
  'tumbling-window': windowRows,
  'hopping-window': windowRows,
  'session-window': windowRows,
  'count-window': countRows,
  'state-window': refused('a state window', 'Flink has no windows that a condition closes'),
  match: matchRows,
  merge: mergedRows,
  'interval-join': intervalRows,
  'latest-join': latestRows,
  side: refused('`late` and `rejected` streams', 'Flink drops what is late, and its formats what they cannot read'),
  alerts: refused('a stream of alerts', 'Flink has no alerts'),
  silence: refused('`silence`', 'Flink SQL sees nothing where no event comes'),
} satisfies { [Kind in ViewNode['kind']]: Base<Kind> };
