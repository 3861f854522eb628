import type { Series } from '../../engine/connector.ts';
import { otherShape } from './duckdb-errors.ts';
import { literal, quoted, tableOf } from './names.ts';
import type { Transaction } from './store-file.ts';
import { sourceName } from './source-numbers.ts';
import {
  IS_IN_PLACE,
  isSource,
  REPLACED_IN_COLUMN,
  REPLACER_COLUMN,
  sqlTypeOf,
  type TableColumn,
  TIME_COLUMN,
  WRITE_COLUMN,
  WRITER_COLUMN,
} from './table-columns.ts';

/** The table as it stands: names of its columns in their order. */
export type Table = { readonly isNew: boolean; readonly columnNames: readonly string[] };

/**
 * Makes or extends the table of a series, and the view that people read: what the rule file names, without what Millrace
 * keeps for itself, without rows that were replaced, and of derived series without void ones. Errors: MR5303 where a table cannot be made to fit.
 */
export async function applyTable(
  transaction: Transaction,
  series: Series,
  columns: readonly TableColumn[],
): Promise<Table> {
  const existing = await transaction.rows(
    'SELECT column_name, data_type FROM information_schema.columns ' +
      `WHERE table_schema = 'series' AND table_name = ${literal(series.stream)} ORDER BY ordinal_position`,
  );
  if (existing.length === 0) await transaction.run(creation(series, columns));
  else await extend(transaction, { series, columns, types: new Map(existing as [string, string][]) }); // as: two texts
  await transaction.run(viewOf(series, columns));
  await describe(transaction, series);
  const names = await transaction.rows(
    'SELECT column_name FROM information_schema.columns ' +
      `WHERE table_schema = 'series' AND table_name = ${literal(series.stream)} ORDER BY ordinal_position`,
  );
  return { isNew: existing.length === 0, columnNames: names.map(([name]) => String(name)) };
}

function creation({ stream }: Series, columns: readonly TableColumn[]): string {
  const defined = [
    `${quoted(TIME_COLUMN)} TIMESTAMP NOT NULL`,
    ...columns.map(column => `${quoted(column.name)} ${sqlTypeOf(column)}`),
    `${quoted(WRITER_COLUMN)} INTEGER`,
    `${quoted(WRITE_COLUMN)} BIGINT`,
    ...REPLACED_COLUMNS,
  ];
  return `CREATE TABLE ${tableOf(stream)} (${defined.join(', ')})`;
}

async function extend(
  transaction: Transaction,
  table: {
    readonly series: Series;
    readonly columns: readonly TableColumn[];
    readonly types: ReadonlyMap<string, string>;
  },
): Promise<void> {
  const { series, columns, types } = table;
  const found = new Map([...types].map(([name, type]) => [name.toLowerCase(), type]));
  if (!found.has(WRITER_COLUMN)) throw otherShape(series.stream, 'it was not made by Millrace', PUT_AWAY);
  for (const column of REPLACED_COLUMNS) {
    await transaction.run(`ALTER TABLE ${tableOf(series.stream)} ADD COLUMN IF NOT EXISTS ${column}`);
  }
  const missing = columns.filter(({ name }) => !found.has(name.toLowerCase()));
  for (const column of missing) {
    const { name, isIdentity } = column;
    if (isIdentity) throw otherShape(series.stream, `rows are known by ${name}, which it lacks`, PUT_AWAY);
    await transaction.run(`ALTER TABLE ${tableOf(series.stream)} ADD COLUMN ${quoted(name)} ${sqlTypeOf(column)}`);
  }
  for (const column of columns) {
    const is = found.get(column.name.toLowerCase());
    const wanted = sqlTypeOf(column);
    if (is === undefined || is === wanted) continue;
    const what = `the column ${column.name} is ${is}, and ${column.type} needs ${wanted}`;
    throw otherShape(series.stream, what, `give the field another name, or the old one its type; or: ${PUT_AWAY}`);
  }
}

/** For whoever reads the file without the rule file. */
async function describe(transaction: Transaction, series: Series): Promise<void> {
  const name = literal(series.stream);
  const definition = JSON.stringify(series);
  const [known] = await transaction.rows(`SELECT definition FROM millrace.series WHERE name = ${name}`);
  if (known?.[0] === definition) return;
  await transaction.run(`DELETE FROM millrace.series WHERE name = ${name}`);
  await transaction.run(`INSERT INTO millrace.series VALUES (${name}, ${literal(definition)})`);
}

function viewOf({ stream, kind }: Series, columns: readonly TableColumn[]): string {
  const shown = columns.map(column => {
    const name = quoted(column.name);
    return isSource(column) ? `${sourceName(name)} AS ${name}` : name;
  });
  const isThere = ` WHERE ${IS_IN_PLACE}${kind === 'derived' ? ` AND ${quoted('void')} IS NOT TRUE` : ''}`;
  return `CREATE OR REPLACE VIEW main.${quoted(stream)} AS SELECT ${[quoted(TIME_COLUMN), ...shown].join(', ')} FROM ${tableOf(stream)}${isThere}`;
}

const PUT_AWAY = 'put the file away, or store the stream under another name';
const REPLACED_COLUMNS = [`${quoted(REPLACER_COLUMN)} INTEGER`, `${quoted(REPLACED_IN_COLUMN)} BIGINT`];
