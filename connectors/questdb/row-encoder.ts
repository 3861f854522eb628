import { type Column, QUALITY_WORDS, type SymbolTable } from '../../engine/batch.ts';
import type { RowPart } from '../../engine/connector.ts';
import { assert } from '../../engine/errors.ts';
import { SEVERITIES } from '../../dsl/plan.ts';
import { type ConstantBytes, constantBytes, escapesOf, LineWriter } from './line-writer.ts';
import { RowBuffer } from './row-buffer.ts';
import type { TableColumn } from './table-columns.ts';

/** Why a row cannot be held; the rows beside it are. */
export type RowFault = { readonly code: string; readonly reason: string };

/** Told of each row that is left out. */
export type OnFault = (fault: RowFault, timeUs: number) => void;

/**
 * Rows as lines of the InfluxDB line protocol in QuestDB's version 2, where doubles are binary: the bytes that the official
 * client makes of the same values. No object or string is made for a row, but for texts that are no symbols. What is null is
 * left out, which is null to QuestDB. Of doubles, those that are not finite are null too.
 *
 * benchmark: questdb
 */
export class RowEncoder {
  readonly #table: ConstantBytes; // escaped
  readonly #symbols: readonly EncodedColumn[];
  readonly #values: readonly EncodedColumn[];
  readonly #roomBytes: number; // of a line without its texts, at most

  constructor(table: string, columns: readonly TableColumn[]) {
    this.#table = constantBytes(escaped(table));
    this.#symbols = columns.filter(isSymbol).map(column => encodedColumn(column, ','));
    this.#values = columns.filter(column => !isSymbol(column)).map(column => encodedColumn(column, ' '));
    this.#roomBytes = [...this.#symbols, ...this.#values].reduce(
      (sum, { prefix }) => sum + prefix.length + MAX_VALUE_BYTES,
      this.#table.length + MAX_VALUE_BYTES,
    );
  }

  /**
   * Encodes rows of the part from one on, until all are or `maxBytes` are passed; returns the next row. The row that passes
   * the bound is taken back unless it is the first one, so a buffer holds `maxBytes` or one row.
   */
  encode(
    part: RowPart,
    options: {
      readonly from: number;
      readonly symbols: SymbolTable;
      readonly into: RowBuffer;
      readonly maxBytes: number;
      /** Older rows are refused; 0 or more: QuestDB has no time before 1970. */
      readonly oldestUs: number;
      readonly onFault: OnFault;
    },
  ): number {
    const { from, symbols, into, maxBytes, oldestUs, onFault } = options;
    const { timeUs, length } = part;
    const symbolColumns = this.#symbols.map(encoded => new SymbolColumn(encoded, columnOf(part, encoded)));
    const valueColumns = this.#values.map(encoded => ({ encoded, column: columnOf(part, encoded) }));
    const line = new LineWriter(into, this.#roomBytes);
    for (let row = from; row < length; row++) {
      const time = timeUs[row]!;
      if (!(time >= oldestUs && Number.isSafeInteger(time))) {
        onFault(timeFault(time), time);
        continue;
      }
      line.beginLine();
      line.constant(this.#table);
      let fault: RowFault | null = null;
      for (const one of symbolColumns) fault = one.write(line, row, symbols) ?? fault;
      let isFirst = true;
      for (const one of valueColumns) {
        const before = line.at;
        fault = writeValue(line, one, row) ?? fault;
        if (line.at === before) continue;
        if (!isFirst) line.setByte(before, COMMA);
        isFirst = false;
      }
      line.byte(SPACE);
      line.integer(timeUs, row);
      line.byte(LETTER_T);
      line.byte(LINE_END);
      if (fault !== null) {
        onFault(fault, time);
        for (const one of symbolColumns) one.forget();
        continue;
      }
      if (line.at > maxBytes && into.rows > 0) return row;
      into.endRow(line.at, time);
    }
    return length;
  }
}

type EncodedColumn = TableColumn & { readonly prefix: ConstantBytes };
type BoundColumn = { readonly encoded: EncodedColumn; readonly column: Column };

class SymbolColumn {
  readonly #encoded: EncodedColumn;
  readonly #column: Column;
  #lastId = NO_ID; // of the value that stands in the buffer from #lastFrom to #lastTo
  #lastFrom = 0;
  #lastTo = 0;

  constructor(encoded: EncodedColumn, column: Column) {
    this.#encoded = encoded;
    this.#column = column;
  }

  write(line: LineWriter, row: number, symbols: SymbolTable): RowFault | null {
    const column = this.#column;
    if (column.valid !== undefined && column.valid[row] === 0) return null;
    const id = column.values[row] as number; // as: ids of symbols and of words are numbers
    if (id === this.#lastId) {
      line.repeat(this.#lastFrom, this.#lastTo);
      return null;
    }
    const from = line.at;
    line.constant(this.#encoded.prefix);
    if (column.type !== 'symbol') line.constant((column.type === 'quality' ? QUALITIES : SEVERITY_TEXTS)[id]!);
    else {
      const fault = this.#writeSymbol(line, symbols, id);
      if (fault !== null) return fault;
    }
    this.#lastId = id;
    this.#lastFrom = from;
    this.#lastTo = line.at;
    return null;
  }

  /** The row that was written last is taken back. */
  forget(): void {
    this.#lastId = NO_ID;
  }

  #writeSymbol(line: LineWriter, symbols: SymbolTable, id: number): RowFault | null {
    const { name, isUpsertKey } = this.#encoded;
    const isUtf8 = (symbols.lengthOf(id) & 1) === 0;
    if (!isUtf8 && isUpsertKey) return halfPair(name);
    const from = symbols.startOf(id);
    const isTaken = isUtf8
      ? line.escaped(symbols.bytes, from, from + (symbols.lengthOf(id) >>> 1), UNQUOTED)
      : line.text(symbols.textOf(id), UNQUOTED);
    return isTaken ? null : holdsNul(name);
  }
}

/** Nothing is written where there is nothing. */
function writeValue(line: LineWriter, { encoded, column }: BoundColumn, row: number): RowFault | null {
  if (column.valid !== undefined && column.valid[row] === 0) return null;
  switch (column.type) {
    case 'float': {
      const value = column.values[row]!;
      if (!Number.isFinite(value)) return null;
      line.constant(encoded.prefix);
      line.double(value);
      return null;
    }
    case 'string': {
      const text = column.values[row]!;
      line.constant(encoded.prefix);
      line.text(text, QUOTED);
      line.byte(QUOTE);
      return encoded.isUpsertKey && !text.isWellFormed() ? halfPair(encoded.name) : null;
    }
    case 'bool':
      line.constant(encoded.prefix);
      line.byte(ZERO + column.values[row]!);
      line.byte(LETTER_I);
      return null;
    default: {
      const value = column.values[row]! as number; // as: so are all others
      if (!Number.isInteger(value) || Math.abs(value) >= LONG_END) return noInteger(encoded.name, value);
      line.constant(encoded.prefix);
      line.integer(column.values as Float64Array, row); // as: so are all others
      line.byte(column.type === 'time' ? LETTER_T : LETTER_I);
      return null;
    }
  }
}

function isSymbol({ type }: TableColumn): boolean {
  return type === 'symbol' || type === 'quality' || type === 'severity';
}

/** All that stands before the value. */
function encodedColumn(column: TableColumn, separator: ',' | ' '): EncodedColumn {
  const before = column.type === 'float' ? [EQUALS, BINARY_DOUBLE] : column.type === 'string' ? [QUOTE] : [];
  const prefix = [...Buffer.from(separator), ...escaped(column.name), EQUALS, ...before];
  return { ...column, prefix: constantBytes(Uint8Array.from(prefix)) };
}

function columnOf(part: RowPart, { part: place, index, type }: EncodedColumn): Column {
  const column = part[place]?.[index];
  if (column !== undefined) return column;
  assert(place === 'own' && (type === 'int' || type === 'bool'), 'other rows have their own columns');
  return noughts(type, part.length);
}

/** What stands where a derived series has no columns of its own: revision 0, not void. */
function noughts(type: TableColumn['type'], length: number): Column {
  if (type === 'bool') return { type, values: new Uint8Array(length), valid: undefined };
  return { type: 'int', values: new Float64Array(length), valid: undefined };
}

function escaped(name: string): Uint8Array {
  const into = new RowBuffer();
  const line = new LineWriter(into, 0);
  line.text(name, UNQUOTED);
  return Buffer.from(into.bytes.subarray(0, line.at));
}

function timeFault(timeUs: number): RowFault {
  if (timeUs < 0) return BEFORE_1970;
  return Number.isSafeInteger(timeUs) ? TOO_OLD : NO_TIME;
}

function halfPair(name: string): RowFault {
  return { code: 'MR5209', reason: `${name} holds half of a surrogate pair, and is part of the key` };
}

function holdsNul(name: string): RowFault {
  return { code: 'MR5209', reason: `${name} holds a NUL, which no symbol of QuestDB can` };
}

function noInteger(name: string, value: number): RowFault {
  return {
    code: 'MR5209',
    reason: `${name} is ${Number.isFinite(value) ? 'no whole number of 64 bits' : 'not finite'}`,
  };
}

const [SPACE, COMMA, EQUALS, QUOTE, LINE_END] = [32, 44, 61, 34, 10];
const [ZERO, LETTER_I, LETTER_T] = [48, 105, 116];
const BINARY_DOUBLE = 16;
const MAX_VALUE_BYTES = 32; // a number with what stands before and behind it
const LONG_END = 2 ** 63;
const NO_ID = -1;
const BEFORE_1970: RowFault = { code: 'MR5208', reason: 'QuestDB holds no time before 1970' };
const NO_TIME: RowFault = { code: 'MR5208', reason: 'its time is no whole number of microseconds before 2255' };
const TOO_OLD: RowFault = { code: 'MR5207', reason: 'the row is older than the series is kept' };
const UNQUOTED = escapesOf({ escaped: ' ,=\n\r\\', never: '\0' }); // QuestDB refuses the request
const QUOTED = escapesOf({ escaped: '"\n\r\\', never: '' });
const QUALITIES = QUALITY_WORDS.map(word => constantBytes(Buffer.from(word)));
const SEVERITY_TEXTS = SEVERITIES.map(word => constantBytes(Buffer.from(word)));
