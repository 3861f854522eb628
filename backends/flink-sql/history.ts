import type { HistoryNode } from '../../dsl/plan.ts';
import { requireOrder } from './clock.ts';
import type { Gaps } from './gaps.ts';
import { epochMs } from './instant.ts';
import { withBefore, withLastKnown } from './over.ts';
import type { Queries } from './queries.ts';
import { ready, type Rows } from './rows.ts';
import { atom, type Sql } from './sql.ts';

type ColumnOf = (rows: Rows, column: string) => Sql;

/**
 * The same rows with what the key's earlier rows say. It takes two windows, whatever the number of functions: over the values that were
 * known last, and over the row before.
 */
export function withHistory(input: Rows, nodes: readonly HistoryNode[], queries: Queries): Rows {
  const columnOf: ColumnOf = (rows, column) => queries.column(rows, column);
  requireOrder(input.clock, `\`${nodes[0]!.function}\``, queries.gaps);
  const known = nodes.flatMap(node => KNOWN[node.function](node, columnOf));
  const seen = known.length === 0 ? input : ready(withLastKnown(input, known));
  const before = nodes.flatMap(node => BEFORE[node.function](node, columnOf));
  const rows = before.length === 0 ? seen : ready(withBefore(seen, before));
  const results = nodes.map(node => [node.id, RESULT[node.function](node, rows, columnOf, queries.gaps)] as const);
  const auxiliary = new Set([...known, ...before].map(({ name }) => name));
  const columns = [...rows.columns].filter(([column]) => !auxiliary.has(column));
  return { ...rows, columns: new Map([...columns, ...results]) };
}

type OfFunction<Result> = { [K in HistoryNode['function']]: Result };
type Request = { readonly name: string; readonly value: (rows: Rows) => Sql };

const NO_SHAPES = { rising: () => [], falling: () => [], stays: () => [], crosses: () => [] };

const lastKnown = ({ id, argument }: HistoryNode, columnOf: ColumnOf): Request[] => [
  { name: `${id} known`, value: rows => columnOf(rows, argument) },
];

const KNOWN: OfFunction<(node: HistoryNode, columnOf: ColumnOf) => Request[]> = {
  prev: () => [],
  changed: lastKnown,
  becomes: lastKnown,
  ...NO_SHAPES,
  since: ({ id, argument }, columnOf) => [
    {
      name: `${id} at`,
      value: rows => atom(`CASE WHEN ${columnOf(rows, argument).text} THEN ${epochMs(columnOf(rows, 'time'))} END`),
    },
  ],
};

const knownBefore = ({ id }: HistoryNode) => [
  { name: `${id} before`, value: (rows: Rows) => rows.columns.get(`${id} known`)!, events: 1 },
];

const BEFORE: OfFunction<(node: HistoryNode, columnOf: ColumnOf) => (Request & { readonly events: number })[]> = {
  prev: ({ id, argument, events }, columnOf) => [
    { name: `${id} before`, value: rows => columnOf(rows, argument), events },
  ],
  changed: knownBefore,
  becomes: knownBefore,
  since: () => [],
  ...NO_SHAPES,
};

const RESULT: OfFunction<(node: HistoryNode, rows: Rows, columnOf: ColumnOf, gaps: Gaps) => Sql> = {
  rising: withoutShape,
  falling: withoutShape,
  stays: withoutShape,
  crosses: withoutShape,
  prev: ({ id }, rows) => rows.columns.get(`${id} before`)!,
  changed: ({ id, argument }, rows, columnOf) =>
    atom(`(${columnOf(rows, argument).text} <> ${rows.columns.get(`${id} before`)!.text})`),
  becomes: ({ id, argument }, rows, columnOf) => {
    const now = columnOf(rows, argument).text;
    return atom(`CASE WHEN ${now} IS NOT NULL THEN ${now} AND NOT ${rows.columns.get(`${id} before`)!.text} END`);
  },
  since: ({ id }, rows, columnOf) =>
    atom(`(${epochMs(columnOf(rows, 'time'))} - ${rows.columns.get(`${id} at`)!.text}) * 1000`),
};

function withoutShape(node: HistoryNode, _rows: Rows, _columnOf: ColumnOf, gaps: Gaps): Sql {
  return atom(gaps.add(`\`${node.function}\``, 'what the last readings look like is not written as SQL'));
}
