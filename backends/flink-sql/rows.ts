import type { Clock } from './clock.ts';
import { atom, BINDING, type Sql, within } from './sql.ts';
import { listText } from './list-text.ts';
import { freeName, indented, plainName, quoted } from './sql-text.ts';

/** A sequence of rows while its SELECT grows: what it reads, and how it calls each of the plan's columns. */
export type Rows = {
  /** A table or view by its quoted name, or a query in brackets. */
  readonly from: { readonly kind: 'named' | 'query'; readonly text: string };
  readonly columns: ReadonlyMap<string, Sql>; // CLOCK, the key's and `time` among them
  readonly key: readonly string[]; // columns
  readonly clock: Clock;
  readonly where: readonly Sql[]; // all of them hold
  readonly group: { readonly by: readonly string[]; readonly having: readonly Sql[] } | null;
  /** All calls in one SELECT have to be over one window. */
  readonly over: { readonly name: string; readonly window: string } | null;
};

/** Flink's time among `columns`, where it is not `time`. */
export const CLOCK = '#row_time';

export function namedRows(name: string, rest: Pick<Rows, 'columns' | 'key' | 'clock'>): Rows {
  return { from: { kind: 'named', text: quoted(name) }, where: [], group: null, over: null, ...rest };
}

/** With these columns, the key's, and times. */
export function picked(rows: Rows, wanted: ReadonlySet<string>): Rows {
  const kept = new Set([...rows.key, 'time', CLOCK, ...wanted]);
  return { ...rows, columns: new Map([...rows.columns].filter(([column]) => kept.has(column))) };
}

/** Rows for which it holds. A condition sees computed windows only from outside. */
export function filtered(rows: Rows, condition: (rows: Rows) => Sql): Rows {
  if (rows.over !== null) return filtered(nested(rows), condition);
  const holds = condition(rows);
  if (rows.group === null) return { ...rows, where: [...rows.where, holds] };
  return { ...rows, group: { ...rows.group, having: [...rows.group.having, holds] } };
}

/** The same rows, fit for one more window over them. */
export function ready(rows: Rows): Rows {
  return rows.over === null && rows.group === null ? rows : nested(rows);
}

/** The same rows as a query that another reads. */
export function nested(rows: Rows): Rows {
  const names = namesOf(rows);
  const text = `(\n${indented(selectText(rows, names))}\n)`;
  return { ...rows, from: { kind: 'query', text }, ...renamed(rows, names), where: [], group: null, over: null };
}

/** As read from a view of these names. */
export function renamed(rows: Rows, names: ReadonlyMap<string, string>): Pick<Rows, 'columns' | 'clock'> {
  const columns = [...names].map(([column, name]) => {
    return [column, atom(quoted(name), rows.columns.get(column)!.isDouble)] as const;
  });
  return { columns: new Map(columns), clock: { ...rows.clock, name: names.get(CLOCK) ?? names.get('time')! } };
}

/** A readable name for each column. */
export function namesOf(rows: Rows): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const column of rows.columns.keys()) {
    const name = freeName(plainName(column), taken);
    taken.add(name);
    names.set(column, name);
  }
  return names;
}

export function selectText(rows: Rows, names: ReadonlyMap<string, string>): string {
  const items = [...names].map(([column, name]) => {
    const { text } = rows.columns.get(column)!;
    return text === quoted(name) ? text : `${text} AS ${quoted(name)}`;
  });
  const lines = [`SELECT${listText(items)}`, `FROM ${rows.from.text}`];
  if (rows.where.length > 0) lines.push(`WHERE ${allText(rows.where)}`);
  if (rows.group !== null) lines.push(`GROUP BY ${rows.group.by.join(', ')}`);
  if (rows.group !== null && rows.group.having.length > 0) lines.push(`HAVING ${allText(rows.group.having)}`);
  if (rows.over !== null) lines.push(`WINDOW ${quoted(rows.over.name)} AS (${rows.over.window})`);
  return lines.join('\n');
}

function allText(conditions: readonly Sql[]): string {
  if (conditions.length === 1) return conditions[0]!.text;
  return conditions.map(condition => within(condition, BINDING.and)).join('\n  AND ');
}
