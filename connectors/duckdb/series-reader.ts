import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { SEVERITIES } from '../../dsl/plan.ts';
import { type Column, createColumn, QUALITY_WORDS, type Scalar, type SymbolTable } from '../../engine/batch.ts';
import type { RowPart, Series, SeriesRead, SeriesReader } from '../../engine/connector.ts';
import { messageOf, notOpened, queryFailed } from './duckdb-errors.ts';
import { loadDuckDb } from './load-duckdb.ts';
import { literal, quoted } from './names.ts';
import { BOUNDS, openingFailed, type QueryValue, StoreFile } from './store-file.ts';
import { type TableColumn, TIME_COLUMN, tableColumns } from './table-columns.ts';
import { identityOf } from './tables.ts';

/** A file that is read: through the process's own connection where it writes it, else without changing anything. */
export type OpenedFile = { readonly connection: DuckDBConnection; close(): Promise<void> };

/** Errors: MR5300, MR5301 another process writes it, MR5302. */
export async function openFile(path: string): Promise<OpenedFile> {
  const shared = await StoreFile.readerOf(path);
  if (shared !== null) return shared;
  if (!existsSync(path)) throw notOpened(path, 'there is no such file');
  const { api } = await loadDuckDb();
  try {
    const instance = await api.DuckDBInstance.create(path, { ...BOUNDS, access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    return {
      connection,
      close: async () => {
        connection.closeSync();
        instance.closeSync();
      },
    };
  } catch (error) {
    throw openingFailed(path, error, true);
  }
}

export async function openReader(path: string): Promise<SeriesReader> {
  const { connection, close } = await openFile(path);
  return {
    find: async name => await findSeries(connection, name),
    read: options => readSeries(connection, options),
    close,
  };
}

async function findSeries(connection: DuckDBConnection, name: string): Promise<Series | null> {
  const columns = await columnsOf(connection, `SELECT definition FROM millrace.series WHERE name = ${literal(name)}`);
  const [definition] = columns[0]!;
  return definition === undefined ? null : (JSON.parse(String(definition)) as Series); // as: `applyTable` wrote it
}

async function* readSeries(connection: DuckDBConnection, options: SeriesRead): AsyncGenerator<RowPart> {
  const { series, symbols, toUs } = options;
  const columns = tableColumns(series);
  const condition = keyCondition(options);
  let rowsAtOnce = options.pageRows;
  for (let fromUs = options.fromUs; fromUs < toUs; ) {
    const query = pageQuery({ series, columns, fromUs, toUs, condition, rows: rowsAtOnce });
    const found = await columnsOf(connection, query);
    const times = found[0]!.map(Number);
    const isLast = times.length < rowsAtOnce;
    const lastUs = times.at(-1) ?? toUs;
    if (!isLast && times[0] === lastUs) {
      rowsAtOnce *= 2; // one instant has more rows than that
      continue;
    }
    // More rows of the last instant may follow: they come with the next page.
    const length = isLast ? times.length : times.indexOf(lastUs);
    if (length > 0) yield rowPart(found, { columns, symbols, length });
    if (isLast) return;
    fromUs = lastUs;
    rowsAtOnce = options.pageRows;
  }
}

function keyCondition({ series, keys }: SeriesRead): string {
  if (keys === undefined) return '';
  if (keys.length === 0) return ' AND false';
  const isOne = keys.map(key =>
    series.key.map(({ name }, index) => `${quoted(name)} IS NOT DISTINCT FROM ${value(key[index]!)}`).join(' AND '),
  );
  return ` AND (${isOne.map(each => `(${each === '' ? 'true' : each})`).join(' OR ')})`;
}

function value(scalar: Scalar): string {
  return typeof scalar === 'string' ? literal(scalar) : String(scalar);
}

function pageQuery(page: {
  readonly series: Series;
  readonly columns: readonly TableColumn[];
  readonly fromUs: number;
  readonly toUs: number;
  readonly condition: string;
  readonly rows: number;
}): string {
  const { series, columns, fromUs, toUs, condition, rows } = page;
  const time = quoted(TIME_COLUMN);
  const names = columns.map(({ name, type }) => (type === 'time' ? `epoch_us(${quoted(name)})` : quoted(name)));
  const order = identityOf(columns).map(name => `${quoted(name)} ASC NULLS FIRST`);
  return (
    `SELECT ${[`epoch_us(${time})`, ...names].join(', ')} FROM main.${quoted(series.stream)} ` +
    `WHERE ${time} >= ${instant(fromUs)} AND ${time} < ${instant(toUs)}${condition} ` +
    `ORDER BY ${order.join(', ')} LIMIT ${rows}`
  );
}

function instant(timeUs: number): string {
  return `make_timestamp(${Math.min(Math.max(Math.ceil(timeUs), -LAST_US), LAST_US)})`;
}

async function columnsOf(connection: DuckDBConnection, query: string): Promise<QueryValue[][]> {
  try {
    const result = await connection.runAndReadAll(query);
    const columns = result.getColumns() as QueryValue[][]; // as: queries ask for such
    return columns.length > 0 ? columns : result.columnNames().map(() => []);
  } catch (error) {
    throw queryFailed(messageOf(error), error);
  }
}

function rowPart(
  found: readonly (readonly QueryValue[])[],
  page: { readonly columns: readonly TableColumn[]; readonly symbols: SymbolTable; readonly length: number },
): RowPart {
  const { columns, symbols, length } = page;
  const read = (part: TableColumn['part']) =>
    columns.flatMap((column, index) =>
      column.part === part ? [readColumn(found[index + 1]!, { type: column.type, symbols, length })] : [],
    );
  return {
    length,
    timeUs: Float64Array.from({ length }, (_, row) => Number(found[0]![row])),
    key: read('key'),
    columns: read('columns'),
    own: read('own'),
  };
}

function readColumn(
  values: readonly QueryValue[],
  options: { readonly type: TableColumn['type']; readonly symbols: SymbolTable; readonly length: number },
): Column {
  const { type, symbols, length } = options;
  const column = createColumn(type, length);
  for (let row = 0; row < length; row++) {
    const found = values[row]!;
    if (found === null) {
      column.valid ??= new Uint8Array(length).fill(1);
      column.valid[row] = 0;
    } else {
      column.values[row] = columnValue(column, found, symbols);
    }
  }
  return column;
}

function columnValue({ type }: Column, found: NonNullable<QueryValue>, symbols: SymbolTable): number | string {
  switch (type) {
    case 'symbol':
      return symbols.idOf(String(found));
    case 'string':
      return String(found);
    case 'quality':
      return (QUALITY_WORDS as readonly string[]).indexOf(String(found));
    case 'severity':
      return (SEVERITIES as readonly string[]).indexOf(String(found));
    default:
      return Number(found);
  }
}

const LAST_US = Number.MAX_SAFE_INTEGER;
