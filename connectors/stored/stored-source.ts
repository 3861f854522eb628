import { IDENTITY_COLUMNS, type SourceNode } from '../../dsl/plan.ts';
import {
  type Column,
  createColumn,
  type EventBatch,
  neededFields,
  type Rejection,
  type SymbolTable,
} from '../../engine/batch.ts';
import type { RowPart, Series, Source, SourceOptions, SourceRead, StoredStretch } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { ArrivalOrder, type ArrivalPlace, compareArrivals, placeOf } from './arrival-order.ts';
import { columnSlice, type EventRows, pickedRows } from './event-rows.ts';
import { type StoredRejection, StoredRejections } from './stored-rejections.ts';
import { KnownLate } from './known-late.ts';
import { readInSlices } from './time-slices.ts';

/**
 * A stretch as a source with an end, in the order of arrival. Rows are read page by page, by event time; what they wait for is
 * docs/decisions/0048. Errors: MR7340.
 */
export class StoredSource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #options: SourceOptions;
  readonly #stretch: StoredStretch;
  #chunks: AsyncGenerator<Chunk> | undefined;
  #chunk: Chunk = NO_CHUNK;
  #at = 0; // in the chunk
  #lastUs = -Infinity;
  #readToUs = -Infinity; // by event time
  #bounds: { readonly fromUs: number; readonly toUs: number } | null = null;
  #isAtEnd = false;
  #hasTicked = false;

  constructor(options: SourceOptions, stretch: StoredStretch) {
    this.#options = options;
    this.#stretch = stretch;
  }

  progress(): number {
    if (this.#isAtEnd) return 1;
    if (this.#bounds === null || this.#readToUs === -Infinity) return 0;
    const { fromUs, toUs } = this.#bounds;
    return Math.min(1, (this.#readToUs - fromUs) / Math.max(1, toUs - fromUs));
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    this.#chunks ??= this.#readChunks(signal);
    while (this.#at >= this.#chunk.rows.length && this.#chunk.rejected.length === 0 && !this.#isAtEnd) {
      const next = await this.#chunks.next();
      if (next.done === true) this.#isAtEnd = true;
      else [this.#chunk, this.#at] = [next.value, 0];
    }
    const position = { arrivalUs: Number.isFinite(this.#lastUs) ? this.#lastUs : null };
    if (!this.#isAtEnd) return { kind: 'batch', batch: this.#takeBatch(maxEvents), position };
    const { endArrivalUs } = this.#stretch;
    if (this.#hasTicked || this.#lastUs === -Infinity || endArrivalUs <= this.#lastUs) return { kind: 'end', position };
    this.#hasTicked = true;
    return { kind: 'tick', arrivalUs: endArrivalUs, position };
  }

  async acknowledge(): Promise<void> {}

  async close(): Promise<void> {
    await this.#chunks?.return(undefined);
  }

  async *#readChunks(signal: AbortSignal): AsyncGenerator<Chunk> {
    const { source, builder } = this.#options;
    const { reader, fromUs, toUs, keysOf, hasLate, hasRejected, last } = this.#stretch;
    const { symbols } = builder;
    const stored = await reader.find(source.id);
    if (stored === null) return;
    const series = seriesOf(source, stored);
    const bounds = await reader.bounds(series);
    const keys = await keysOf(source.id);
    const rejections = hasRejected ? await StoredRejections.open(reader, source, { symbols, fromUs, toUs }) : null;
    const order = new ArrivalOrder(symbols);
    const knownLate = hasLate === 'known' ? new KnownLate(source, symbols) : null;
    const end = last && { ...last, source: symbols.idOf(last.source) };
    const taken = (rows: EventRows) => {
      const upToEnd = end === undefined ? rows : rowsUpTo(rows, end, symbols);
      return knownLate === null ? upToEnd : knownLate.of(upToEnd);
    };
    const leadUs = await reader.lead({ series, fromUs, toUs });
    const wanted = keys === undefined ? {} : { keys };
    const read = { series, symbols, ...wanted, fromUs, toUs, pageRows: PAGE_ROWS };
    if (bounds !== null)
      this.#bounds = { fromUs: Math.max(fromUs, bounds.firstUs), toUs: Math.min(toUs, bounds.lastUs) };
    for await (const { page, readUs } of bounds === null ? [] : readInSlices(reader, read, bounds)) {
      if (signal.aborted) return;
      if (page !== null) order.add(this.#eventsOf(page, series));
      this.#readToUs = readUs;
      // No event is further ahead of its arrival than that, so what is not read yet arrived later.
      const beforeUs = readUs - leadUs;
      const rows = order.take(beforeUs);
      if (rows !== null) yield chunkOf(taken(rows), (await rejections?.takeBefore(beforeUs)) ?? [], symbols);
      if (rows !== null && last !== undefined && beforeUs > last.arrivalUs) return;
      if (order.length > MAX_WAITING) throw tooMany(source.id);
    }
    const rows = order.take(Infinity) ?? this.#noRows();
    yield chunkOf(taken(rows), (await rejections?.takeBefore(Infinity)) ?? [], symbols);
  }

  #eventsOf(page: RowPart, series: Series): EventRows {
    const [arrived, late, source, sequence, item] = page.own as unknown as OwnColumns; // as: of a raw series
    const rows: EventRows = {
      length: page.length,
      timeUs: page.timeUs,
      arrivalUs: this.#stretch.isInOrder === true ? page.timeUs : arrived.values,
      source: source.values,
      sequence: sequence.values,
      item: item.values,
      isLate: late.values,
      columns: neededFields(this.#options.source).map(
        ({ name, type }) => storedColumn(page, series, name) ?? nullColumn(type, page.length),
      ),
    };
    return this.#withoutLate(rows, arrived.values);
  }

  #withoutLate(rows: EventRows, arrivedUs: Float64Array): EventRows {
    const { hasLate, isInOrder = false, onLate } = this.#stretch;
    const { isLate } = rows;
    if (!isLate.includes(1)) return rows;
    const stream = this.#options.source.id;
    const onTime: number[] = [];
    for (let row = 0; row < rows.length; row++) {
      if (isLate[row] === 1) onLate?.({ stream, timeUs: rows.timeUs[row]!, arrivalUs: arrivedUs[row]! });
      else onTime.push(row);
    }
    return hasLate !== false || isInOrder ? rows : pickedRows(rows, Uint32Array.from(onTime));
  }

  /** The next so many events of the chunk, and what was rejected among them. */
  #takeBatch(maxEvents: number): EventBatch {
    const { rows, rejected } = this.#chunk;
    const from = this.#at;
    const to = Math.min(from + maxEvents, rows.length);
    const isLast = to === rows.length;
    const own = rejected.filter(({ atIndex }) => isLast || atIndex < to);
    this.#chunk = { rows, rejected: rejected.slice(own.length) };
    this.#at = to;
    const arrivalUs = rows.arrivalUs.slice(from, to);
    this.#lastUs = Math.max(this.#lastUs, arrivalUs.at(-1) ?? -Infinity, own.at(-1)?.arrivalUs ?? -Infinity);
    return {
      stream: this.#options.source.id,
      length: to - from,
      timeUs: rows.timeUs.slice(from, to),
      arrivalUs,
      columns: rows.columns.map(column => columnSlice(column, from, to)),
      rejected: own.map(rejection => ({ ...rejection, atIndex: rejection.atIndex - from })),
    };
  }

  #noRows(): EventRows {
    const columns = neededFields(this.#options.source).map(({ type }) => createColumn(type, 0));
    const none = new Float64Array(0);
    const source = new Uint32Array(0);
    return {
      length: 0,
      timeUs: none,
      arrivalUs: none,
      source,
      sequence: none,
      item: none,
      isLate: new Uint8Array(0),
      columns,
    };
  }
}

type OwnColumns = readonly [
  { readonly values: Float64Array },
  { readonly values: Uint8Array },
  { readonly values: Uint32Array },
  { readonly values: Float64Array },
  { readonly values: Float64Array },
];

/** In the order of arrival; `atIndex` of what was rejected is in these rows. */
type Chunk = { readonly rows: EventRows; readonly rejected: readonly Rejection[] };

const NO_ROWS = new Float64Array(0);
const NO_CHUNK: Chunk = {
  rows: {
    length: 0,
    timeUs: NO_ROWS,
    arrivalUs: NO_ROWS,
    source: new Uint32Array(0),
    sequence: NO_ROWS,
    item: NO_ROWS,
    isLate: new Uint8Array(0),
    columns: [],
  },
  rejected: [],
};

function rowsUpTo(rows: EventRows, end: ArrivalPlace, symbols: SymbolTable): EventRows {
  let count = rows.length;
  while (count > 0 && compareArrivals(placeOf(rows, count - 1), end, symbols) > 0) count--;
  return count === rows.length
    ? rows
    : pickedRows(
        rows,
        Uint32Array.from({ length: count }, (_, row) => row),
      );
}

/** Both are in order. */
function chunkOf(rows: EventRows, rejections: readonly StoredRejection[], symbols: SymbolTable): Chunk {
  let row = 0;
  const rejected = rejections.map(({ place, rejection }) => {
    while (row < rows.length && compareArrivals(placeOf(rows, row), place, symbols) < 0) row++;
    return { ...rejection, atIndex: row };
  });
  return { rows, rejected };
}

/** The stream's own fields that are needed, as far as the store has them; it may know less of their types. */
function seriesOf(source: SourceNode, stored: Series): Series {
  const { id, key } = source;
  const names = new Set([...stored.key, ...stored.fields].map(({ name }) => name));
  const there = neededFields(source).filter(({ name }) => names.has(name));
  return {
    stream: id,
    keepUs: null,
    key: key.flatMap(name => there.filter(field => field.name === name)),
    fields: there.filter(({ name }) => !key.includes(name)),
    kind: 'raw',
  };
}

function storedColumn(page: RowPart, series: Series, name: string): Column | undefined {
  const own = Object.values(IDENTITY_COLUMNS).findIndex(column => column === name);
  if (own >= 0) return page.own![OWN_BEFORE_IDENTITY + own];
  const ofKey = series.key.findIndex(field => field.name === name);
  return ofKey >= 0 ? page.key[ofKey] : page.columns[series.fields.findIndex(field => field.name === name)];
}

function nullColumn(type: Column['type'], length: number): Column {
  const column = createColumn(type, length);
  column.valid = new Uint8Array(length);
  return column;
}

function tooMany(stream: string): MillraceError {
  return new MillraceError(
    'MR7340',
    `more than ${MAX_WAITING.toLocaleString('en')} events of ${stream} arrived later than what was measured after them`,
    { hint: 'take a shorter stretch (--from, --to), fewer keys (--key), or more workers, which share the keys' },
  );
}

/** `arrived` and `late`. */
const OWN_BEFORE_IDENTITY = 2;
const PAGE_ROWS = 50_000;
/** Of one stream that wait for their turn: about a gigabyte. Beyond it memory would not do. */
const MAX_WAITING = 5_000_000;
