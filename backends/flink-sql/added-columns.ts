import { addedColumns, type DetectorNode, type HistoryNode, type LookupNode, type RangeNode } from '../../dsl/plan.ts';
import { withHistory } from './history.ts';
import type { Queries } from './queries.ts';
import { withRange } from './range.ts';
import type { Rows } from './rows.ts';
import { atom } from './sql.ts';

/** What adds columns that need more than their own row. */
export type ColumnNode = RangeNode | HistoryNode | DetectorNode | LookupNode;

/** A node with those of its columns that are read. */
type Added = { readonly node: ColumnNode; readonly columns: ReadonlySet<string> };

/**
 * Which nodes add what is wanted, in the plan's order, and what has to come through to them. `basicsOf`: the columns behind
 * others that are computed from them.
 */
export function demand(
  nodes: readonly ColumnNode[],
  wanted: Iterable<string>,
  basicsOf: (columns: Iterable<string>) => Iterable<string>,
): { readonly passed: ReadonlySet<string>; readonly added: readonly Added[] } {
  const passed = new Set(wanted);
  const added: Added[] = [];
  for (const node of nodes.toReversed()) {
    const columns = new Set(addedColumns(node).filter(column => passed.has(column)));
    if (columns.size === 0) continue;
    for (const column of columns) passed.delete(column);
    for (const column of basicsOf(readBy(node, columns))) passed.add(column);
    added.unshift({ node, columns });
  }
  return { passed, added };
}

export function withColumns(rows: Rows, added: readonly Added[], queries: Queries): Rows {
  let result = rows;
  for (let next = 0; next < added.length; next++) {
    const { node, columns } = added[next]!;
    if (node.kind === 'range') result = withRange(result, node, columns, queries);
    else if (node.kind === 'lookup') result = withoutLookup(result, node, columns, queries);
    else if (node.kind === 'detector') result = withoutDetector(result, node, columns, queries);
    else {
      const together = historiesAt(added, next, queries);
      result = withHistory(result, together, queries);
      next += together.length - 1;
    }
  }
  return result;
}

/** Histories that stand beside each other and do not read each other's columns: they share their windows. */
function historiesAt(added: readonly Added[], first: number, queries: Queries): readonly HistoryNode[] {
  const together: HistoryNode[] = [];
  for (const { node } of added.slice(first)) {
    if (node.kind !== 'history') break;
    const read = queries.basics([node.argument]);
    if (together.some(({ id }) => read.has(id))) break;
    together.push(node);
  }
  return together;
}

function withoutLookup(rows: Rows, { table }: LookupNode, columns: ReadonlySet<string>, { gaps }: Queries): Rows {
  gaps.add(`the look-up \`${table}[…]\``, "a row as of an event's time needs a changelog in Flink");
  return withNulls(rows, columns);
}

function withoutDetector(
  rows: Rows,
  { detector }: DetectorNode,
  columns: ReadonlySet<string>,
  { gaps }: Queries,
): Rows {
  gaps.add(`\`${detector}\``, 'Flink SQL has no detectors, nor state that a query could keep for one');
  return withNulls(rows, columns);
}

function withNulls(rows: Rows, columns: ReadonlySet<string>): Rows {
  return { ...rows, columns: new Map([...rows.columns, ...[...columns].map(name => [name, atom('NULL')] as const)]) };
}

function readBy(node: ColumnNode, added: ReadonlySet<string>): readonly string[] {
  switch (node.kind) {
    case 'history':
      return [node.argument];
    case 'range': {
      const read = node.aggregates.filter(({ name }) => added.has(name)).flatMap(aggregate => aggregate.arguments);
      return node.quality === null ? read : [...read, node.quality];
    }
    case 'detector':
      return node.quality === null ? node.arguments : [...node.arguments, node.quality];
    case 'lookup':
      return node.key;
  }
}
