import { SEVERITIES, type ValueType } from '../../dsl/plan.ts';
import { type Column, createColumn, QUALITY_WORDS, type Scalar, type SymbolTable } from '../../engine/batch.ts';
import type { RowPart, Series, SeriesBounds, SeriesRead } from '../../engine/connector.ts';
import { literal, quoted } from './names.ts';
import type { QuestDbClient, QueryRow } from './questdb-client.ts';
import { type TableColumn, TIME_COLUMN, tableColumns } from './table-columns.ts';

export type ReadOptions = SeriesRead & { readonly client: QuestDbClient };

/**
 * Rows of a series as columns, page by page, in order of time, then key, then source, sequence and item. Void rows are left
 * out, unless they are asked for. Doubles are those that were written, to the bit; what was not finite is null. Errors: MR5200, MR5201, MR5211.
 */
export async function* readSeries(options: ReadOptions): AsyncGenerator<RowPart> {
  const { client, series, symbols, toUs, hasVoid = false } = options;
  const columns = tableColumns(series);
  if (options.keys?.length === 0) return;
  const wanted = keyFilter(options);
  let rowsAtOnce = options.pageRows;
  for (let fromUs = options.fromUs; fromUs < toUs; ) {
    const query = pageQuery({
      series,
      columns,
      fromUs,
      toUs,
      keyCondition: wanted.condition,
      hasVoid,
      rows: rowsAtOnce,
    });
    const found = await client.query(query);
    const isLast = found.length < rowsAtOnce;
    const lastUs = found.length === 0 ? toUs : Number(found.at(-1)![0]);
    if (!isLast && Number(found[0]![0]) === lastUs) {
      rowsAtOnce *= 2; // one instant has more rows than that
      continue;
    }
    // More rows of the last instant may follow: they come with the next page.
    const whole = isLast ? found : found.filter(([timeUs]) => timeUs !== lastUs);
    const page = whole.filter(wanted.has).sort(compareRows(columns));
    if (page.length > 0) yield rowPart(page, { columns, symbols });
    if (isLast) return;
    fromUs = lastUs;
    rowsAtOnce = options.pageRows;
  }
}

/** The times of its first and its last row; null: it has none. */
export async function seriesBounds(client: QuestDbClient, { stream }: Series): Promise<SeriesBounds | null> {
  const [bounds] = await client.query(
    `SELECT min(${TIME_COLUMN})::long, max(${TIME_COLUMN})::long FROM ${quoted(stream)}`,
  );
  const [firstUs = null, lastUs = null] = bounds ?? [];
  return firstUs === null || lastUs === null ? null : { firstUs: Number(firstUs), lastUs: Number(lastUs) };
}

/** How far an event of [from, to) is ahead of its arrival at most. */
export async function seriesLead(options: Pick<ReadOptions, 'client' | 'series' | 'fromUs' | 'toUs'>): Promise<number> {
  const { client, series, fromUs, toUs } = options;
  const [row] = await client.query(
    `SELECT max(${TIME_COLUMN}::long - arrived::long) FROM ${quoted(series.stream)} ` +
      `WHERE ${TIME_COLUMN} >= ${instant(fromUs)} AND ${TIME_COLUMN} < ${instant(toUs)}`,
  );
  return Math.max(0, Number(row?.[0] ?? 0));
}

/** How long behind its time an event of [from, to) arrived at most, of those that are not late. */
export async function seriesLag(options: Pick<ReadOptions, 'client' | 'series' | 'fromUs' | 'toUs'>): Promise<number> {
  const { client, series, fromUs, toUs } = options;
  const [row] = await client.query(
    `SELECT max(arrived::long - ${TIME_COLUMN}::long) FROM ${quoted(series.stream)} ` +
      `WHERE ${TIME_COLUMN} >= ${instant(fromUs)} AND ${TIME_COLUMN} < ${instant(toUs)} AND late = 0`,
  );
  return Math.max(0, Number(row?.[0] ?? 0));
}

/** Of its rows in [from, to), each once. */
export async function seriesKeys(
  options: Pick<ReadOptions, 'client' | 'series' | 'fromUs' | 'toUs'>,
): Promise<readonly (readonly Scalar[])[]> {
  const { client, series, fromUs, toUs } = options;
  const names = series.key.map(({ name, type }) => (type === 'time' ? `${quoted(name)}::long` : quoted(name)));
  const rows = await client.query(
    `SELECT DISTINCT ${names.join(', ')} FROM ${quoted(series.stream)} ` +
      `WHERE ${TIME_COLUMN} >= ${instant(fromUs)} AND ${TIME_COLUMN} < ${instant(toUs)}`,
  );
  return rows.map(row => row.map((value, k) => keyValue(series.key[k]!.type, value)));
}

/** As a key has it: the table has numbers for what is true or false. */
function keyValue(type: ValueType, value: Scalar): Scalar {
  if (value === null || typeof value === 'boolean') return value;
  if (type === 'bool') return Number(value) === 1;
  return type === 'symbol' || type === 'string' || type === 'quality' || type === 'severity'
    ? String(value)
    : Number(value);
}

type KeyFilter = { readonly condition: string; readonly has: (row: QueryRow) => boolean };

/** In the query where that is short; a request line is bounded. */
function keyFilter({ series, keys, by = series.key.map(({ name }) => name) }: ReadOptions): KeyFilter {
  if (keys === undefined) return { condition: '', has: () => true };
  const known = new Set(keys.map(key => JSON.stringify(key.map(storedValue))));
  const names = tableColumns(series).map(({ name }) => name);
  const places = by.map(name => 1 + names.indexOf(name)); // behind the time
  const has = (row: QueryRow) => known.has(JSON.stringify(places.map(place => row[place])));
  const field = [...series.key, ...series.fields].find(({ name }) => name === by[0]);
  if (field?.type !== 'symbol' || keys.some(key => typeof key[0] !== 'string')) return { condition: '', has };
  const condition = ` AND ${quoted(field.name)} IN (${keys.map(key => literal(String(key[0]))).join(', ')})`;
  return { condition: Buffer.byteLength(encodeURIComponent(condition)) <= MAX_CONDITION_BYTES ? condition : '', has };
}

function storedValue(value: Scalar): Scalar {
  return typeof value === 'boolean' ? Number(value) : value;
}

function pageQuery(page: {
  readonly series: Series;
  readonly columns: readonly TableColumn[];
  readonly fromUs: number;
  readonly toUs: number;
  readonly keyCondition: string;
  readonly hasVoid: boolean;
  readonly rows: number;
}): string {
  const { series, columns, fromUs, toUs, keyCondition, hasVoid, rows } = page;
  const names = columns.map(({ name, type }) => (type === 'time' ? `${quoted(name)}::long` : quoted(name)));
  const isThere = series.kind !== 'derived' || hasVoid ? '' : ' AND ("void" IS NULL OR "void" != 1)';
  return (
    `SELECT ${[`${TIME_COLUMN}::long`, ...names].join(', ')} FROM ${quoted(series.stream)} ` +
    `WHERE ${TIME_COLUMN} >= ${instant(fromUs)} AND ${TIME_COLUMN} < ${instant(toUs)}${keyCondition}${isThere} ` +
    `ORDER BY ${TIME_COLUMN} LIMIT ${rows}`
  );
}

/** As text of microseconds, which QuestDB compares with its index of time. */
function instant(timeUs: number): string {
  const bounded = Math.min(Math.max(Math.floor(timeUs), 0), LAST_US);
  const micros = String(bounded % 1_000_000).padStart(6, '0');
  return `'${new Date(Math.floor(bounded / 1_000_000) * 1_000).toISOString().slice(0, 19)}.${micros}Z'`;
}

/** Key, then source, sequence and item: where a row has them. */
function compareRows(columns: readonly TableColumn[]): (a: QueryRow, b: QueryRow) => number {
  const ordering = columns.flatMap((column, index) => (column.isUpsertKey ? [index + 1] : []));
  return (a, b) => {
    if (a[0] !== b[0]) return Number(a[0]) - Number(b[0]);
    for (const index of ordering) {
      const order = compareValues(a[index]!, b[index]!);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Null comes first. */
function compareValues(a: Scalar, b: Scalar): number {
  if (a === b) return 0;
  if (a === null) return -1;
  return b === null || a > b ? 1 : -1;
}

function rowPart(
  rows: readonly QueryRow[],
  { columns, symbols }: { readonly columns: readonly TableColumn[]; readonly symbols: SymbolTable },
): RowPart {
  const read = (part: TableColumn['part']) =>
    columns.flatMap((column, index) =>
      column.part === part ? [readColumn(rows, { index: index + 1, type: column.type, symbols })] : [],
    );
  return {
    length: rows.length,
    timeUs: Float64Array.from(rows, row => Number(row[0])),
    key: read('key'),
    columns: read('columns'),
    own: read('own'),
  };
}

function readColumn(
  rows: readonly QueryRow[],
  {
    index,
    type,
    symbols,
  }: { readonly index: number; readonly type: TableColumn['type']; readonly symbols: SymbolTable },
): Column {
  const column = createColumn(type, rows.length);
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![index]!;
    if (value === null) {
      column.valid ??= new Uint8Array(rows.length).fill(1);
      column.valid[row] = 0;
    } else {
      column.values[row] = columnValue(column, value, symbols);
    }
  }
  return column;
}

function columnValue({ type }: Column, value: string | number | boolean, symbols: SymbolTable): number | string {
  switch (type) {
    case 'symbol':
      return symbols.idOf(String(value));
    case 'string':
      return String(value);
    case 'quality':
      return (QUALITY_WORDS as readonly string[]).indexOf(String(value));
    case 'severity':
      return (SEVERITIES as readonly string[]).indexOf(String(value));
    default:
      return Number(value);
  }
}

const MAX_CONDITION_BYTES = 8_192;
const LAST_US = 253_402_300_799 * 1_000_000;
