import type { DuckDBConnection } from '@duckdb/node-api';
import { SEVERITIES, type ValueType } from '../../dsl/plan.ts';
import { type Column, createColumn, QUALITY_WORDS, type Scalar, type SymbolTable } from '../../engine/batch.ts';
import type { RowPart, Series, SeriesBounds, SeriesRead, SeriesReader } from '../../engine/connector.ts';
import { messageOf, queryFailed } from './duckdb-errors.ts';
import { literal, quoted, tableOf } from './names.ts';
import { openFile } from './open-file.ts';
import type { QueryValue } from './store-file.ts';
import { identityOf, IS_IN_PLACE, type TableColumn, TIME_COLUMN, tableColumns } from './table-columns.ts';

/** Errors: MR5300, MR5301, MR5302. */
export async function openReader(path: string): Promise<SeriesReader> {
  const { connection, close } = await openFile(path);
  return {
    find: async name => await findSeries(connection, name),
    read: options => readSeries(connection, options),
    bounds: async series => await seriesBounds(connection, series),
    lead: async options => await seriesLead(connection, options),
    lag: async options => await seriesLag(connection, options),
    keys: async options => await seriesKeys(connection, options),
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
  let rowsAtOnce = options.pageRows;
  for (let fromUs = options.fromUs; fromUs < toUs; ) {
    const found = await columnsOf(connection, pageQuery({ ...options, fromUs }, columns, rowsAtOnce));
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

async function seriesBounds(connection: DuckDBConnection, { stream }: Series): Promise<SeriesBounds | null> {
  const time = quoted(TIME_COLUMN);
  const query = `SELECT epoch_us(min(${time})), epoch_us(max(${time})) FROM main.${quoted(stream)}`;
  const [first, last] = (await columnsOf(connection, query)).map(([value]) => value ?? null);
  return first == null || last == null ? null : { firstUs: Number(first), lastUs: Number(last) };
}

async function seriesLead(
  connection: DuckDBConnection,
  options: Pick<SeriesRead, 'series' | 'fromUs' | 'toUs'>,
): Promise<number> {
  const lead = `max(epoch_us(${quoted(TIME_COLUMN)}) - epoch_us(arrived))`;
  const [found] = await columnsOf(connection, `SELECT ${lead} ${fromWhere(options)}`);
  return Math.max(0, Number(found?.[0] ?? 0));
}

async function seriesLag(
  connection: DuckDBConnection,
  options: Pick<SeriesRead, 'series' | 'fromUs' | 'toUs'>,
): Promise<number> {
  const lag = `max(epoch_us(arrived) - epoch_us(${quoted(TIME_COLUMN)})) FILTER (NOT late)`;
  const [found] = await columnsOf(connection, `SELECT ${lag} ${fromWhere(options)}`);
  return Math.max(0, Number(found?.[0] ?? 0));
}

async function seriesKeys(
  connection: DuckDBConnection,
  options: Pick<SeriesRead, 'series' | 'fromUs' | 'toUs'>,
): Promise<readonly (readonly Scalar[])[]> {
  const { key } = options.series;
  const names = key.map(({ name, type }) => (type === 'time' ? `epoch_us(${quoted(name)})` : quoted(name)));
  const columns = await columnsOf(connection, `SELECT DISTINCT ${names.join(', ')} ${fromWhere(options)}`);
  return Array.from({ length: columns[0]!.length }, (_, row) =>
    columns.map((column, k) => keyValue(key[k]!.type, column[row]!)),
  );
}

/** As a key has it: whole numbers come as big ones. */
function keyValue(type: ValueType, found: QueryValue): Scalar {
  if (found === null || typeof found === 'boolean') return found;
  return type === 'symbol' || type === 'string' || type === 'quality' || type === 'severity'
    ? String(found)
    : Number(found);
}

/** All of them, in order, with the columns as they are. */
export function rowsQuery(options: Pick<SeriesRead, 'series' | 'keys' | 'by' | 'fromUs' | 'toUs'>): string {
  const columns = tableColumns(options.series);
  const names = [TIME_COLUMN, ...columns.map(({ name }) => name)].map(quoted);
  return `SELECT ${names.join(', ')} ${fromWhere(options)} ${orderBy(columns)}`;
}

function fromWhere(options: Pick<SeriesRead, 'series' | 'keys' | 'by' | 'fromUs' | 'toUs' | 'hasVoid'>): string {
  const { series, fromUs, toUs, hasVoid = false } = options;
  const time = quoted(TIME_COLUMN);
  return (
    `FROM ${hasVoid ? tableOf(series.stream) : `main.${quoted(series.stream)}`} ` +
    `WHERE ${hasVoid ? `${IS_IN_PLACE} AND ` : ''}${time} >= ${instant(fromUs)} AND ${time} < ${instant(toUs)}${keyCondition(options)}`
  );
}

function orderBy(columns: readonly TableColumn[]): string {
  return `ORDER BY ${identityOf(columns)
    .map(name => `${quoted(name)} ASC NULLS FIRST`)
    .join(', ')}`;
}

function keyCondition({
  series,
  keys,
  by = series.key.map(({ name }) => name),
}: Pick<SeriesRead, 'series' | 'keys' | 'by'>): string {
  if (keys === undefined) return '';
  if (keys.length === 0) return ' AND false';
  if (by.length === 1 && keys.every(([only]) => only !== null)) {
    return ` AND ${quoted(by[0]!)} IN (${keys.map(([only]) => value(only!)).join(', ')})`;
  }
  const isOne = keys.map(key =>
    by.map((name, index) => `${quoted(name)} IS NOT DISTINCT FROM ${value(key[index]!)}`).join(' AND '),
  );
  return ` AND (${isOne.map(each => `(${each === '' ? 'true' : each})`).join(' OR ')})`;
}

function value(scalar: Scalar): string {
  return typeof scalar === 'string' ? literal(scalar) : String(scalar);
}

function pageQuery(page: SeriesRead, columns: readonly TableColumn[], rows: number): string {
  const names = columns.map(({ name, type }) => (type === 'time' ? `epoch_us(${quoted(name)})` : quoted(name)));
  const selected = [`epoch_us(${quoted(TIME_COLUMN)})`, ...names].join(', ');
  return `SELECT ${selected} ${fromWhere(page)} ${orderBy(columns)} LIMIT ${rows}`;
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
