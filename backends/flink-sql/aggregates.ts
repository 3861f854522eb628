import { describeAggregate } from '../../dsl/describe-expression.ts';
import type { AggregateColumn, AggregateName } from '../../dsl/plan.ts';
import { asDouble } from './doubles.ts';
import type { Gaps } from './gaps.ts';
import { atom, BINDING, type Sql } from './sql.ts';

/** What an aggregate is over: its arguments, and how one call is written there, `AVG(x) OVER …` for example. */
export type AggregateScope = {
  readonly argument: (column: string) => Sql;
  readonly call: (text: string) => string;
  /** `count()` of rows that are skipped is less than the number of rows; null where none is. */
  readonly countedRow: string | null;
};

type AggregateSql = (call: (text: string) => string, x: Sql, parameter: number | undefined) => Sql;

/** Flink's aggregates skip nulls, and give null of no value, as ours do. One that is missing here has no equivalent. */
const AGGREGATES: Readonly<Partial<Record<AggregateName, AggregateSql>>> = {
  count: (call, x) => atom(call(`COUNT(${x.text})`)),
  sum: (call, x) => atom(call(`SUM(${x.text})`), x.isDouble),
  avg: (call, x) => atom(call(`AVG(${asDouble(x).text})`), true),
  min: (call, x) => atom(call(`MIN(${x.text})`), x.isDouble),
  max: (call, x) => atom(call(`MAX(${x.text})`), x.isDouble),
  first: (call, x) => atom(call(`FIRST_VALUE(${x.text})`), x.isDouble),
  last: (call, x) => atom(call(`LAST_VALUE(${x.text})`), x.isDouble),
  stddev: (call, x) => atom(call(`STDDEV_SAMP(${asDouble(x).text})`), true),
  var: (call, x) => atom(call(`VAR_SAMP(${asDouble(x).text})`), true),
  median: (call, x) => atom(call(`PERCENTILE(${asDouble(x).text}, 0.5)`), true),
  percentile: (call, x, part) => atom(call(`PERCENTILE(${asDouble(x).text}, ${part})`), true),
  distinct: (call, x) => atom(call(`COUNT(DISTINCT ${x.text})`)),
  spread: (call, x) => difference(call(`MAX(${x.text})`), call(`MIN(${x.text})`), x),
  delta: (call, x) => difference(call(`LAST_VALUE(${x.text})`), call(`FIRST_VALUE(${x.text})`), x),
};

export function aggregateSql(column: AggregateColumn, scope: AggregateScope, gaps: Gaps): Sql {
  const {
    aggregate,
    arguments: [argument],
  } = column;
  const write = AGGREGATES[aggregate];
  if (write === undefined) {
    return atom(gaps.add(`the aggregate \`${describeAggregate(column, null)}\``, 'Flink SQL has no such aggregate'));
  }
  const row = scope.countedRow === null ? '*' : scope.countedRow;
  const x = argument === undefined ? atom(row) : scope.argument(argument);
  return write(scope.call, x, column.parameter);
}

function difference(left: string, right: string, { isDouble }: Sql): Sql {
  return { text: `${left} - ${right}`, binding: BINDING.sum, isDouble };
}
