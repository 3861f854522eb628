import { describePanes } from '../../dsl/describe-panes.ts';
import {
  type AggregateColumn,
  type AggregateName,
  DURATION_COLUMN,
  type HoppingWindowNode,
  type SessionWindowNode,
  type TumblingWindowNode,
} from '../../dsl/plan.ts';
import { aggregateSql } from './aggregates.ts';
import type { Gaps } from './gaps.ts';
import { epochMs } from './instant.ts';
import { intervalBelow, intervalOf } from './interval.ts';
import type { Queries } from './queries.ts';
import { type Clock, requireDistances } from './clock.ts';
import { CLOCK, type Rows } from './rows.ts';
import { atom, type Sql } from './sql.ts';
import { quoted } from './sql-text.ts';
import { statementOf } from './statement.ts';

type PaneNode = TumblingWindowNode | HoppingWindowNode | SessionWindowNode;

/** Rows of panes: the key, when the pane was, and its aggregates. */
export function windowRows(node: PaneNode, wanted: ReadonlySet<string>, queries: Queries): Rows {
  const { gaps } = queries;
  const aggregates = node.aggregates.filter(({ name }) => wanted.has(name));
  const read = queries.rows(
    node.input,
    aggregates.flatMap(aggregate => aggregate.arguments),
  );
  const input = queries.asTable(read, `${statementOf(node)}_input`, { isPlain: false });
  refuseParts(node, input, gaps);
  noteDifferences(aggregates, queries);
  const key = new Map(input.key.map(column => [column, queries.column(input, column)]));
  const scope = {
    argument: (column: string) => queries.column(input, column),
    call: (text: string) => text,
    countedRow: null,
  };
  const end = node.kind === 'session-window' ? "`window_end` + INTERVAL '0.001' SECOND" : '`window_end`';
  const columns = new Map<string, Sql>([
    ...key,
    ['time', atom('CAST(`window_start` AS TIMESTAMP_LTZ(3))')],
    ['until', atom(`CAST(${end} AS TIMESTAMP_LTZ(3))`)],
    [CLOCK, atom('`window_time`')],
    ...(wanted.has(DURATION_COLUMN) ? [[DURATION_COLUMN, atom(durationText(input))] as const] : []),
    ...aggregates.map(aggregate => [aggregate.name, aggregateSql(aggregate, scope, gaps)] as const),
  ]);
  const by = [...[...key.values()].map(({ text }) => text), '`window_start`', '`window_end`', '`window_time`'];
  return {
    ...input,
    from: { kind: 'query', text: `TABLE(${windowText(node, input, key, gaps)})` },
    columns,
    clock: { name: 'window_time', of: rowsOf(node) },
    group: { by, having: [] },
  };
}

/** Of a session: from its first event to its last. */
function durationText(input: Rows): string {
  const clock = quoted(input.clock.name);
  const [first, last] = [`MIN(${clock})`, `MAX(${clock})`].map(text => epochMs(atom(text)));
  return `(${last} - ${first}) * 1000`;
}

function windowText(node: PaneNode, input: Rows, key: ReadonlyMap<string, Sql>, gaps: Gaps): string {
  const time = `DESCRIPTOR(${quoted(input.clock.name)})`;
  const table = `TABLE ${input.from.text}`;
  switch (node.kind) {
    case 'tumbling-window':
      return `TUMBLE(${table}, ${time}, ${intervalOf(node.sizeUs, gaps)})`;
    case 'hopping-window':
      return `HOP(${table}, ${time}, ${intervalOf(node.everyUs, gaps)}, ${intervalOf(node.sizeUs, gaps)})`;
    case 'session-window': {
      const partition = [...key.values()].map(({ text }) => ` PARTITION BY ${text}`).join('');
      // Flink joins an event at the very end of the gap to the session.
      return `SESSION(${table}${partition}, ${time}, ${intervalBelow(node.gapUs, gaps)})`;
    }
  }
}

function rowsOf(node: PaneNode): Clock['of'] {
  return node.kind === 'session-window' ? { kind: 'sessions' } : { kind: 'panes', sizeUs: node.sizeUs };
}

function refuseParts(node: PaneNode, input: Rows, gaps: Gaps): void {
  const construct = describePanes(node);
  if (node.emitEveryUs !== undefined) gaps.add('`emit every`', 'rows of open panes replace each other in Flink');
  if (node.reviseUs !== undefined) gaps.add('`revise within`', 'late events are left out in Flink');
  if (node.kind === 'session-window') {
    if (input.key.length > 1) gaps.add('sessions by several fields', 'Flink 2.3 does not read views of them back');
    if (node.maxUs !== null) gaps.add('`max` of a session', 'sessions in Flink end by their gap only');
  } else if (node.zone !== undefined) {
    gaps.add(construct, "the panes of all Flink's windows follow one zone, which the script sets to UTC");
  }
  if (node.kind === 'hopping-window' && node.sizeUs % node.everyUs !== 0) {
    gaps.add(construct, 'in Flink the size of a hopping window is a multiple of its step');
  }
  requireDistances(input.clock, construct, gaps);
  if (!isNested(node, input.clock)) gaps.add(`${construct} over other panes`, 'Flink takes their end for their time');
}

/** Rows of panes are in the same pane by their start and by their end where the pane is made of whole ones. */
function isNested(node: PaneNode, { of }: Clock): boolean {
  if (of.kind !== 'panes' || node.kind === 'session-window') return true;
  return (node.kind === 'hopping-window' ? node.everyUs : node.sizeUs) % of.sizeUs === 0;
}

function noteDifferences(aggregates: readonly AggregateColumn[], queries: Queries): void {
  queries.note('window');
  const isAny = (...names: readonly AggregateName[]) => aggregates.some(({ aggregate }) => names.includes(aggregate));
  if (isAny('first', 'last', 'delta')) queries.note('arrival');
  if (isAny('stddev', 'var')) queries.note('variance');
}
