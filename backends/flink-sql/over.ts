import { ready, type Rows } from './rows.ts';
import { atom, type Sql } from './sql.ts';
import { quoted } from './sql-text.ts';

/** Of all rows of the key up to this one: what was seen last is the last value of it that is not null. */
const SO_FAR = 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW';

/** The same rows with columns that look back over earlier ones; `calls` are written as the window's. */
export function withOver(
  input: Rows,
  { name, frame }: { readonly name: string; readonly frame: string },
  calls: (rows: Rows, call: (text: string) => string) => readonly (readonly [string, Sql])[],
): Rows {
  const rows = ready(input);
  const partition = rows.key.map(column => rows.columns.get(column)!.text).join(', ');
  const window = [partition === '' ? '' : `PARTITION BY ${partition}`, `ORDER BY ${quoted(rows.clock.name)}`, frame];
  const added = calls(rows, text => `${text} OVER ${quoted(name)}`);
  return {
    ...rows,
    columns: new Map([...rows.columns, ...added]),
    over: { name, window: window.filter(part => part !== '').join(' ') },
  };
}

/** Values that were last known. */
export function withLastKnown(
  input: Rows,
  columns: readonly { readonly name: string; readonly value: (rows: Rows) => Sql }[],
): Rows {
  return withOver(input, { name: 'so_far', frame: SO_FAR }, (rows, call) =>
    columns.map(({ name, value }) => {
      const { text, isDouble } = value(rows);
      return [name, atom(call(`LAST_VALUE(${text})`), isDouble)] as const;
    }),
  );
}

/** Values of so many rows before. */
export function withBefore(
  input: Rows,
  columns: readonly { readonly name: string; readonly value: (rows: Rows) => Sql; readonly events: number }[],
): Rows {
  return withOver(input, { name: 'in_order', frame: '' }, (rows, call) =>
    columns.map(({ name, value, events }) => {
      const { text, isDouble } = value(rows);
      return [name, atom(call(`LAG(${text}, ${events})`), isDouble)] as const;
    }),
  );
}

export function withNumber(input: Rows, name: string): Rows {
  return withOver(input, { name: 'so_far', frame: SO_FAR }, (_, call) => [[name, atom(call('COUNT(*)'))]]);
}
