import { describeDuration, describeRange } from '../../dsl/describe-expression.ts';
import type { RangeNode } from '../../dsl/plan.ts';
import { aggregateSql } from './aggregates.ts';
import { requireDistances, requireOrder } from './clock.ts';
import type { Gaps } from './gaps.ts';
import { intervalBelow } from './interval.ts';
import { withOver } from './over.ts';
import type { Queries } from './queries.ts';
import type { Rows } from './rows.ts';
import { atom } from './sql.ts';

/** `added`: those of the node's aggregates that are read. */
export function withRange(input: Rows, node: RangeNode, added: ReadonlySet<string>, queries: Queries): Rows {
  const { gaps } = queries;
  queries.note('range');
  const { range, quality } = node;
  if (quality !== null && 'events' in range) {
    gaps.add(`the last ${range.events} good readings`, 'Flink counts the others, too: filter them by `where` before');
  }
  const construct = `a look back over ${describeRange(range)}`;
  if ('us' in range) requireDistances(input.clock, construct, gaps);
  else requireOrder(input.clock, construct, gaps);
  return withOver(input, frameOf(range, gaps), (rows, call) => {
    const good = quality === null ? null : `${queries.column(rows, quality).text} = 'good'`;
    const argument = (column: string) => {
      const value = queries.column(rows, column);
      return good === null ? value : atom(`CASE WHEN ${good} THEN ${value.text} END`, value.isDouble);
    };
    const countedRow = good === null ? null : `CASE WHEN ${good} THEN 1 END`;
    return node.aggregates
      .filter(({ name }) => added.has(name))
      .map(aggregate => [aggregate.name, aggregateSql(aggregate, { argument, call, countedRow }, gaps)] as const);
  });
}

function frameOf(range: RangeNode['range'], gaps: Gaps): { readonly name: string; readonly frame: string } {
  if ('events' in range) {
    const frame = `ROWS BETWEEN ${range.events - 1} PRECEDING AND CURRENT ROW`;
    return { name: `last_${range.events}_events`, frame };
  }
  const frame = `RANGE BETWEEN ${intervalBelow(range.us, gaps)} PRECEDING AND CURRENT ROW`;
  return { name: `last_${describeDuration(range.us)}`, frame };
}
