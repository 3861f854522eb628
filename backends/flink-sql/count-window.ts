import { describePanes } from '../../dsl/describe-panes.ts';
import type { CountWindowNode } from '../../dsl/plan.ts';
import { aggregateSql } from './aggregates.ts';
import { requireOrder } from './clock.ts';
import { withNumber, withOver } from './over.ts';
import type { Queries } from './queries.ts';
import { filtered, ready, type Rows } from './rows.ts';
import { atom } from './sql.ts';

const NUMBER = '#number';

/** Every row looks back over `size` of them; only each `every`-th stays. */
export function countRows(node: CountWindowNode, wanted: ReadonlySet<string>, queries: Queries): Rows {
  const { size, every } = node;
  const aggregates = node.aggregates.filter(({ name }) => wanted.has(name));
  const input = queries.rows(
    node.input,
    aggregates.flatMap(aggregate => aggregate.arguments),
  );
  requireOrder(input.clock, describePanes(node), queries.gaps);
  const frame = { name: `last_${size}_events`, frame: `ROWS BETWEEN ${size - 1} PRECEDING AND CURRENT ROW` };
  const windows = withOver(input, frame, (rows, call) => {
    const scope = { argument: (column: string) => queries.column(rows, column), call, countedRow: null };
    return aggregates.map(aggregate => [aggregate.name, aggregateSql(aggregate, scope, queries.gaps)] as const);
  });
  const numbered = ready(withNumber(windows, NUMBER));
  const number = numbered.columns.get(NUMBER)!.text;
  const time = numbered.columns.get('time')!;
  return filtered({ ...numbered, columns: new Map([...numbered.columns, ['until', time]]) }, () =>
    atom(`${number} >= ${size} AND MOD(${number} - ${size}, ${every}) = 0`),
  );
}
