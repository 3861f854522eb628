import type { DuckDBAppender, DuckDBDataChunk } from '@duckdb/node-api';
import type { Vector } from '@duckdb/node-bindings';
import type { Column, SymbolTable } from '../../engine/batch.ts';
import type { RowPart } from '../../engine/connector.ts';
import { assert } from '../../engine/errors.ts';
import type { DuckDb } from './load-duckdb.ts';
import { isSource, type TableColumn, TIME_COLUMN, WRITE_COLUMN, WRITER_COLUMN } from './table-columns.ts';

/** Why a row cannot be held; the rows beside it are. */
export type RowFault = { readonly code: string; readonly reason: string };

/** Told of each row that is left out. */
export type OnFault = (fault: RowFault, timeUs: number) => void;

/**
 * Rows as DuckDB's own vectors, of 2,048 values each, filled in place from our columns: no object is made for a row, and no
 * string for a symbol. Of doubles, those that are not finite are null, as in every store.
 *
 * benchmark: duckdb
 */
export class ChunkEncoder {
  readonly #duckdb: DuckDb;
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  readonly #capacity: number;
  readonly #columns: readonly BoundColumn[];
  readonly #checked: readonly TableColumn[]; // that a value may have no place in
  readonly #rows: Uint32Array; // of the part, that are in the chunk
  readonly #isLeftOut: Uint8Array;
  readonly #words: Int32Array; // two a value
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #texts: Uint8Array; // DuckDB's string_t: 4 bytes of length, then the text, or its beginning and a pointer
  readonly #textWords: Int32Array; // the same bytes
  readonly #validity: Uint8Array; // a bit a value
  #hasNull = false;
  #roomBytes = 0; // of the vector that is filled: DuckDB does not look

  /** `columnNames`: all that the table has, in its order; those that the series has no more are null. */
  constructor(options: {
    readonly duckdb: DuckDb;
    readonly appender: DuckDBAppender;
    readonly columns: readonly TableColumn[];
    readonly columnNames: readonly string[];
  }) {
    const { duckdb, appender, columns, columnNames } = options;
    const types = columnNames.map((_, index) => appender.columnType(index));
    const byName = new Map(columns.map(column => [column.name.toLowerCase(), column]));
    this.#duckdb = duckdb;
    this.#appender = appender;
    this.#chunk = duckdb.api.DuckDBDataChunk.create(types);
    this.#capacity = duckdb.bindings.vector_size();
    this.#columns = columnNames.map((name, index) => ({
      vector: duckdb.bindings.data_chunk_get_vector(this.#chunk.chunk, index),
      content: OWN_CONTENTS.get(name) ?? byName.get(name.toLowerCase()) ?? 'nothing',
      roomBytes: this.#capacity * (WIDTHS[types[index]!.toString().replace(/\(.*/s, '')] ?? 0),
    }));
    this.#checked = columns.filter(
      column => WHOLE.has(column.type) || (column.isIdentity && TEXTS.has(column.type) && !isSource(column)),
    );
    this.#rows = new Uint32Array(this.#capacity);
    this.#isLeftOut = new Uint8Array(this.#capacity);
    this.#words = new Int32Array(this.#capacity * 2);
    this.#doubles = new Float64Array(this.#capacity);
    this.#bytes = new Uint8Array(this.#capacity);
    this.#texts = new Uint8Array(this.#capacity * TEXT_BYTES);
    this.#textWords = new Int32Array(this.#texts.buffer);
    this.#validity = new Uint8Array(this.#capacity / 8);
  }

  /** Gives all rows of the part to the appender, but those with a fault; returns how many. */
  append(part: RowPart, options: AppendOptions): number {
    let appended = 0;
    for (let from = 0; from < part.length; from += this.#capacity) {
      const count = this.#choose(part, { ...options, from, to: Math.min(from + this.#capacity, part.length) });
      if (count === 0) continue;
      this.#chunk.reset();
      for (const column of this.#columns) this.#fill(column, part, count, options);
      this.#chunk.rowCount = count;
      this.#appender.appendDataChunk(this.#chunk);
      appended += count;
    }
    return appended;
  }

  /** Which rows of [from, to) go into the chunk. */
  #choose(part: RowPart, options: AppendOptions & { readonly from: number; readonly to: number }): number {
    const { from, to, symbols, oldestUs, onFault } = options;
    const { timeUs } = part;
    const isLeftOut = this.#isLeftOut.fill(0);
    for (const column of this.#checked) {
      const values = columnOf(part, column);
      if (values === undefined) continue;
      for (let row = from; row < to; row++) {
        if (isLeftOut[row - from] === 1 || (values.valid !== undefined && values.valid[row] === 0)) continue;
        const fault = faultOf(column, values, row, symbols);
        if (fault === null) continue;
        isLeftOut[row - from] = 1;
        onFault(fault, timeUs[row]!);
      }
    }
    let count = 0;
    for (let row = from; row < to; row++) {
      const time = timeUs[row]!;
      if (isLeftOut[row - from] === 1) continue;
      if (time >= oldestUs && Number.isSafeInteger(time)) this.#rows[count++] = row;
      else onFault(Number.isSafeInteger(time) ? TOO_OLD : NO_TIME, time);
    }
    return count;
  }

  #fill({ vector, content, roomBytes }: BoundColumn, part: RowPart, count: number, options: AppendOptions): void {
    this.#roomBytes = roomBytes;
    switch (content) {
      case 'time':
        return this.#fillWhole(vector, part.timeUs, undefined, count);
      case 'writer':
        this.#words.fill(options.writer, 0, count);
        return this.#copy(vector, this.#words, count * 4);
      case 'write':
        return this.#fillConstant(vector, options.write, count);
      case 'nothing':
        this.#validity.fill(0);
        return this.#copyValidity(vector, count);
      default: {
        const column = columnOf(part, content);
        if (column === undefined) return this.#fillNoughts(vector, content, count); // revision 0, not void
        if (isSource(content)) return this.#fillSources(vector, column, count, options.sources);
        return this.#fillColumn(vector, column, count, options.symbols);
      }
    }
  }

  #fillNoughts(vector: Vector, { type }: TableColumn, count: number): void {
    assert(type === 'int' || type === 'bool', 'other columns are there');
    if (type === 'int') return this.#fillConstant(vector, 0, count);
    this.#bytes.fill(0, 0, count);
    this.#copy(vector, this.#bytes, count);
  }

  #fillColumn(vector: Vector, column: Column, count: number, symbols: SymbolTable): void {
    switch (column.type) {
      case 'float':
        return this.#fillDoubles(vector, column.values, column.valid, count);
      case 'int':
      case 'time':
      case 'duration':
        return this.#fillWhole(vector, column.values, column.valid, count);
      case 'bool':
      case 'quality':
      case 'severity':
        return this.#fillBytes(vector, column.values, column.valid, count);
      case 'symbol':
        return this.#fillSymbols(vector, column.values, column.valid, { count, symbols });
      case 'string':
        return this.#fillStrings(vector, column.values, column.valid, count);
    }
  }

  #fillSources(vector: Vector, column: Column, count: number, sources: ReadonlyMap<number, number>): void {
    assert(column.type === 'symbol', 'a source is a symbol');
    const { values, valid } = column;
    let lastId = -1;
    let number = 0;
    for (let i = 0; i < count; i++) {
      const id = values[this.#rows[i]!]!;
      if (id !== lastId) number = sources.get(id) ?? 0; // or it is null
      lastId = id;
      this.#words[i] = number;
    }
    this.#copy(vector, this.#words, count * 4);
    this.#markNulls(vector, valid, count);
  }

  /** As two words of 32 bits: a BigInt a value would take ten times as long. */
  #fillWhole(vector: Vector, values: Float64Array, valid: Uint8Array | undefined, count: number): void {
    const words = this.#words;
    const rows = this.#rows;
    for (let i = 0; i < count; i++) {
      const value = values[rows[i]!]!;
      const high = Math.floor(value / TWO_32);
      words[i * 2] = value - high * TWO_32;
      words[i * 2 + 1] = high;
    }
    this.#copy(vector, words, count * 8);
    this.#markNulls(vector, valid, count);
  }

  #fillConstant(vector: Vector, value: number, count: number): void {
    const high = Math.floor(value / TWO_32);
    for (let i = 0; i < count; i++) {
      this.#words[i * 2] = value - high * TWO_32;
      this.#words[i * 2 + 1] = high;
    }
    this.#copy(vector, this.#words, count * 8);
  }

  #fillDoubles(vector: Vector, values: Float64Array, valid: Uint8Array | undefined, count: number): void {
    const doubles = this.#doubles;
    const rows = this.#rows;
    let isFinite = true;
    for (let i = 0; i < count; i++) {
      const value = values[rows[i]!]!;
      doubles[i] = value;
      if (value - value !== 0) isFinite = false;
    }
    this.#copy(vector, doubles, count * 8);
    if (isFinite) return this.#markNulls(vector, valid, count);
    this.#startValidity();
    for (let i = 0; i < count; i++) {
      if (isNull(valid, rows[i]!) || !Number.isFinite(doubles[i]!)) this.#setNull(i);
    }
    this.#endValidity(vector, count);
  }

  #fillBytes(vector: Vector, values: Uint8Array, valid: Uint8Array | undefined, count: number): void {
    for (let i = 0; i < count; i++) this.#bytes[i] = values[this.#rows[i]!]!;
    this.#copy(vector, this.#bytes, count);
    this.#markNulls(vector, valid, count);
  }

  /** Up to 12 bytes stand in the value itself. A longer text is given to DuckDB once a chunk, and its pointer repeated. */
  #fillSymbols(
    vector: Vector,
    values: Uint32Array,
    valid: Uint8Array | undefined,
    { count, symbols }: { readonly count: number; readonly symbols: SymbolTable },
  ): void {
    const rows = this.#rows;
    const { bytes } = symbols;
    const firstOf = new Map<number, number>(); // of long texts
    for (let i = 0; i < count; i++) {
      const id = isNull(valid, rows[i]!) ? -1 : values[rows[i]!]!;
      const length = id < 0 ? 0 : symbols.lengthOf(id);
      if ((length & 1) === 0 && length <= SHORT_BYTES * 2) this.#putShort(i, bytes, symbols.startOf(id), length >>> 1);
      else if (!firstOf.has(id)) firstOf.set(id, i);
    }
    this.#copy(vector, this.#texts, count * TEXT_BYTES);
    if (firstOf.size > 0) {
      const { bindings } = this.#duckdb;
      for (const [id, i] of firstOf) bindings.vector_assign_string_element_len(vector, i, bytesOf(symbols, id));
      const found = bindings.vector_get_data(vector, count * TEXT_BYTES);
      const words = new Int32Array(found.buffer, found.byteOffset, count * TEXT_WORDS);
      for (let i = 0; i < count; i++) {
        if (isNull(valid, rows[i]!)) continue;
        const first = firstOf.get(values[rows[i]!]!);
        const from = (first ?? i) * TEXT_WORDS;
        for (let word = 0; word < TEXT_WORDS; word++) this.#textWords[i * TEXT_WORDS + word] = words[from + word]!;
      }
      this.#copy(vector, this.#texts, count * TEXT_BYTES);
    }
    this.#markNulls(vector, valid, count);
  }

  #fillStrings(vector: Vector, values: readonly string[], valid: Uint8Array | undefined, count: number): void {
    const long: number[] = [];
    for (let i = 0; i < count; i++) {
      const text = isNull(valid, this.#rows[i]!) ? '' : values[this.#rows[i]!]!;
      const length = text.length > SHORT_BYTES ? Infinity : scratch.write(text, 'utf8');
      if (length <= SHORT_BYTES) this.#putShort(i, scratch, 0, length);
      else long.push(i);
    }
    this.#copy(vector, this.#texts, count * TEXT_BYTES);
    for (const i of long) {
      const text = Buffer.from(values[this.#rows[i]!]!);
      this.#duckdb.bindings.vector_assign_string_element_len(vector, i, text);
    }
    this.#markNulls(vector, valid, count);
  }

  /** What is behind the text is nought: DuckDB compares all of it. */
  #putShort(i: number, bytes: Uint8Array, from: number, length: number): void {
    const texts = this.#texts;
    const words = this.#textWords;
    const word = i * TEXT_WORDS;
    words[word] = length;
    words[word + 1] = 0;
    words[word + 2] = 0;
    words[word + 3] = 0;
    const at = i * TEXT_BYTES + 4;
    for (let b = 0; b < length; b++) texts[at + b] = bytes[from + b]!;
  }

  #markNulls(vector: Vector, valid: Uint8Array | undefined, count: number): void {
    if (valid === undefined) return;
    this.#startValidity();
    for (let i = 0; i < count; i++) if (valid[this.#rows[i]!] === 0) this.#setNull(i);
    this.#endValidity(vector, count);
  }

  #startValidity(): void {
    this.#validity.fill(255);
    this.#hasNull = false;
  }

  #setNull(i: number): void {
    this.#validity[i >> 3]! &= ~(1 << (i & 7));
    this.#hasNull = true;
  }

  #endValidity(vector: Vector, count: number): void {
    if (this.#hasNull) this.#copyValidity(vector, count);
  }

  #copyValidity(vector: Vector, count: number): void {
    const { bindings } = this.#duckdb;
    bindings.vector_ensure_validity_writable(vector);
    const { buffer, byteOffset } = this.#validity;
    bindings.copy_data_to_vector_validity(vector, 0, buffer as ArrayBuffer, byteOffset, Math.ceil(count / 64) * 8); // as: ours
  }

  #copy(vector: Vector, { buffer, byteOffset }: Uint8Array | Int32Array | Float64Array, sizeBytes: number): void {
    assert(sizeBytes <= this.#roomBytes, 'values have the width of their column');
    this.#duckdb.bindings.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, sizeBytes); // as: ours
  }
}

export type AppendOptions = {
  readonly symbols: SymbolTable;
  /** Their numbers by symbol. */
  readonly sources: ReadonlyMap<number, number>;
  readonly writer: number;
  readonly write: number;
  /** Older rows are refused. */
  readonly oldestUs: number;
  readonly onFault: OnFault;
};

type BoundColumn = {
  readonly vector: Vector;
  readonly content: TableColumn | 'time' | 'writer' | 'write' | 'nothing';
  readonly roomBytes: number;
};

function columnOf(part: RowPart, { part: place, index }: TableColumn): Column | undefined {
  const column = part[place]?.[index];
  assert(column !== undefined || place === 'own', 'rows have all columns but those of their own');
  return column;
}

function isNull(valid: Uint8Array | undefined, row: number): boolean {
  return valid !== undefined && valid[row] === 0;
}

function faultOf({ name }: TableColumn, column: Column, row: number, symbols: SymbolTable): RowFault | null {
  switch (column.type) {
    case 'symbol':
      return (symbols.lengthOf(column.values[row]!) & 1) === 0 ? null : halfPair(name);
    case 'string':
      return column.values[row]!.isWellFormed() ? null : halfPair(name);
    default: {
      const value = column.values[row]!;
      return Number.isInteger(value) && value >= -LONG_END && value < LONG_END ? null : noInteger(name, value);
    }
  }
}

/** What is no text of Unicode gets the sign for that. */
function bytesOf(symbols: SymbolTable, id: number): Uint8Array {
  const length = symbols.lengthOf(id);
  if ((length & 1) === 1) return Buffer.from(symbols.textOf(id));
  const from = symbols.startOf(id);
  return symbols.bytes.subarray(from, from + (length >>> 1));
}

function halfPair(name: string): RowFault {
  return { code: 'MR5309', reason: `${name} holds half of a surrogate pair, and is part of the key` };
}

function noInteger(name: string, value: number): RowFault {
  return {
    code: 'MR5309',
    reason: `${name} is ${Number.isFinite(value) ? 'no whole number of 64 bits' : 'not finite'}`,
  };
}

const OWN_CONTENTS: ReadonlyMap<string, 'time' | 'writer' | 'write'> = new Map([
  [TIME_COLUMN, 'time'],
  [WRITER_COLUMN, 'writer'],
  [WRITE_COLUMN, 'write'],
]);
const WHOLE: ReadonlySet<string> = new Set(['int', 'time', 'duration']);
const TEXTS: ReadonlySet<string> = new Set(['symbol', 'string']);
const WIDTHS: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  ENUM: 1,
  INTEGER: 4,
  BIGINT: 8,
  DOUBLE: 8,
  TIMESTAMP: 8,
  VARCHAR: 16,
};
const TEXT_BYTES = 16;
const TEXT_WORDS = 4;
const SHORT_BYTES = 12;
const scratch = Buffer.alloc(SHORT_BYTES * 3);
const TWO_32 = 2 ** 32;
const LONG_END = 2 ** 63;
const NO_TIME: RowFault = { code: 'MR5308', reason: 'its time is no whole number of microseconds before 2255' };
const TOO_OLD: RowFault = { code: 'MR5307', reason: 'the row is older than the series is kept' };
