import { describeJoin } from '../../dsl/describe-join.ts';
import type { IntervalJoinNode, LatestJoinNode, MergeNode } from '../../dsl/plan.ts';
import type { Clock } from './clock.ts';
import { asValue } from './instant.ts';
import { intervalBelow, intervalOf } from './interval.ts';
import type { Queries } from './queries.ts';
import { withNumber } from './over.ts';
import { CLOCK, nested, ready, type Rows } from './rows.ts';
import { atom, type Sql } from './sql.ts';
import { indented, quoted } from './sql-text.ts';
import { statementOf } from './statement.ts';

type JoinNode = IntervalJoinNode | LatestJoinNode;

/** The rows of one side as a table. `columns`: its columns by their names in the plan's merged rows. */
type Side = {
  readonly alias: string;
  readonly rows: Rows;
  readonly time: string;
  readonly columns: ReadonlyMap<string, Sql>;
};

type Sides = { readonly left: Side; readonly right: Side };

/** Pairs within an interval. Flink's bounds are in, ours are not. */
export function intervalRows(node: IntervalJoinNode, wanted: ReadonlySet<string>, queries: Queries): Rows {
  const sides = sidesOf(node, wanted, queries);
  const { left, right } = sides;
  const span = intervalBelow(node.withinUs, queries.gaps);
  const from = node.direction === 'after' ? left.time : `${left.time} - ${span}`;
  const to = node.direction === 'before' ? left.time : `${left.time} + ${span}`;
  const on = [...equalKeys(sides), `${right.time} BETWEEN ${from} AND ${to}`];
  const join = node.join === 'inner' ? 'JOIN' : 'LEFT JOIN';
  const where = node.join === 'anti' ? [atom(`${right.time} IS NULL`)] : [];
  const source = `${tableText(left)}\n${join} ${tableText(right)}\n  ON ${on.join('\n  AND ')}`;
  return joined(node, sides, { from: source, where, ...intervalTime(node, sides, queries), value: sql => sql }, wanted);
}

/** A pair has the time of its later row, a row alone that at which no partner can come any more. */
function intervalTime(
  node: IntervalJoinNode,
  { left, right }: Sides,
  queries: Queries,
): Pick<Joined, 'time' | 'clock'> {
  const { direction } = node;
  if (direction === 'before') return { time: left.time, clock: null };
  if (direction === 'after' && node.join === 'inner') return { time: right.time, clock: null };
  const alone = `${left.time} + ${intervalOf(node.withinUs, queries.gaps)}`;
  const pair = direction === 'after' ? right.time : `GREATEST(${left.time}, ${right.time})`;
  const time = { inner: pair, left: `CASE WHEN ${right.time} IS NULL THEN ${alone} ELSE ${pair} END`, anti: alone }[
    node.join
  ];
  return { time: `CAST(${time} AS TIMESTAMP_LTZ(3))`, clock: left.time };
}

/** The row that was last: a temporal join with a view of the newest row of each key. */
export function latestRows(node: LatestJoinNode, wanted: ReadonlySet<string>, queries: Queries): Rows {
  const sides = sidesOf(node, wanted, queries);
  const { left, right } = sides;
  const view = queries.define(`${statementOf(node)}_latest`, newestText(right.rows));
  const isRecent =
    node.withinUs === null ? null : `${right.time} > ${left.time} - ${intervalOf(node.withinUs, queries.gaps)}`;
  const join = node.join === 'inner' ? 'JOIN' : 'LEFT JOIN';
  const table = `${quoted(view)} FOR SYSTEM_TIME AS OF ${left.time} AS ${quoted(right.alias)}`;
  const from = `${tableText(left)}\n${join} ${table}\n  ON ${equalKeys(sides).join('\n  AND ')}`;
  const isThere = isRecent ?? `${right.time} IS NOT NULL`;
  const where = {
    inner: isRecent === null ? [] : [atom(isRecent)],
    left: [],
    anti: [atom(`(${isThere}) IS NOT TRUE`)],
  }[node.join];
  const value = (sql: Sql) =>
    node.join === 'left' && isRecent !== null ? atom(`CASE WHEN ${isRecent} THEN ${sql.text} END`, sql.isDouble) : sql;
  return joined(node, sides, { from, where, time: left.time, clock: null, value }, wanted);
}

const NUMBER = '#number';

/**
 * The newest row of each key. Of rows that are out of order Flink keeps the newest only, and forgets what was known before them:
 * they are numbered first, which puts them into order.
 */
function newestText(input: Rows): string {
  const rows = ready(withNumber(input, NUMBER));
  const key = rows.key.map(column => rows.columns.get(column)!.text).join(', ');
  const columns = [...rows.columns].flatMap(([column, { text }]) => (column === NUMBER ? [] : [text]));
  const newest = `ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY ${quoted(rows.clock.name)} DESC) AS \`newest\``;
  const number = rows.columns.get(NUMBER)!.text;
  const ranked = `SELECT ${[...columns, newest].join(', ')}\nFROM ${rows.from.text}\nWHERE ${number} > 0`;
  return `SELECT ${columns.join(', ')}\nFROM (\n${indented(ranked)}\n)\nWHERE \`newest\` = 1`;
}

type Joined = {
  readonly from: string;
  readonly where: readonly Sql[];
  readonly time: string;
  readonly clock: string | null; // where Flink's time is another: then pairs do not come in the order of ours
  readonly value: (ofRight: Sql) => Sql;
};

function joined(
  node: JoinNode,
  { left, right }: Sides,
  { from, where, time, clock, value }: Joined,
  wanted: ReadonlySet<string>,
): Rows {
  const fields = node.fields
    .filter(({ name }) => wanted.has(name))
    .map(({ name, column, of, type }): readonly [string, Sql] => {
      const sql = asValue((of === 'left' ? left : right).columns.get(column)!, type);
      return [name, of === 'left' ? sql : value(sql)];
    });
  const columns = new Map<string, Sql>([
    ...left.rows.key.map(column => [column, atom(`${quoted(left.alias)}.${quoted(column)}`)] as const),
    ['time', atom(time)],
    ...(clock === null ? [] : [[CLOCK, atom(clock)] as const]),
    ...fields,
  ]);
  const of: Clock['of'] = clock === null ? { kind: 'events' } : { kind: 'pairs' };
  return nested({
    from: { kind: 'query', text: from },
    columns,
    key: left.rows.key,
    clock: { name: 'time', of },
    where,
    group: null,
    over: null,
  });
}

function sidesOf(node: JoinNode, wanted: ReadonlySet<string>, queries: Queries): Sides {
  queries.note('join');
  const merge = queries.node(node.input) as MergeNode; // as: a join's input is merged rows
  if (merge.key.length === 0) queries.gaps.add(`\`${describeJoin(node)}\` without a key`, 'Flink joins by equal keys');
  return { left: sideOf('left', node, merge, wanted, queries), right: sideOf('right', node, merge, wanted, queries) };
}

function sideOf(
  of: 'left' | 'right',
  node: JoinNode,
  merge: MergeNode,
  wanted: ReadonlySet<string>,
  queries: Queries,
): Side {
  const input = merge.inputs.find(({ isHere }) => isHere === node[of])!;
  const read = new Set(
    node.fields.filter(field => field.of === of && wanted.has(field.name)).map(({ column }) => column),
  );
  const columns = input.columns.filter(({ name }) => read.has(name));
  const rows = queries.rows(
    input.input,
    columns.map(({ column }) => column),
  );
  const name = `${statementOf(node)}_${of}`;
  const table = queries.asTable(rows, name, { isPlain: true });
  if (table.clock.of.kind !== 'events') {
    queries.gaps.add('a join of rows of panes or matches', 'Flink has another time for them than rules have');
  }
  const alias = of;
  const qualified = (sql: Sql) => atom(`${quoted(alias)}.${sql.text}`, sql.isDouble);
  return {
    alias,
    rows: table,
    time: `${quoted(alias)}.${quoted(table.clock.name)}`,
    columns: new Map(columns.map(({ name, column }) => [name, queries.columnAs(table, column, qualified)])),
  };
}

function tableText({ rows, alias }: Side): string {
  return `${rows.from.text} AS ${quoted(alias)}`;
}

function equalKeys({ left, right }: Sides): string[] {
  return left.rows.key.map(
    column => `${quoted(left.alias)}.${quoted(column)} = ${quoted(right.alias)}.${quoted(column)}`,
  );
}
