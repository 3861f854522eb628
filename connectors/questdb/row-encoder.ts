import { type Column, QUALITY_WORDS, type SymbolTable } from '../../engine/batch.ts';
import type { RowPart } from '../../engine/connector.ts';
import { assert } from '../../engine/errors.ts';
import { SEVERITIES } from '../../dsl/plan.ts';
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
  readonly #table: Uint8Array; // escaped
  readonly #symbols: readonly EncodedColumn[];
  readonly #values: readonly EncodedColumn[];

  constructor(table: string, columns: readonly TableColumn[]) {
    this.#table = escaped(table);
    this.#symbols = columns.filter(isSymbol).map(column => encodedColumn(column, ','));
    this.#values = columns.filter(column => !isSymbol(column)).map(column => encodedColumn(column, ' '));
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
    const bound = (encoded: EncodedColumn) => ({ encoded, column: columnOf(part, encoded) });
    const symbolColumns = this.#symbols.map(bound);
    const valueColumns = this.#values.map(bound);
    const writer: Writer = { into, at: 0, fault: null };
    for (let row = from; row < length; row++) {
      const time = timeUs[row]!;
      if (!(time >= oldestUs && Number.isSafeInteger(time))) {
        onFault(timeFault(time), time);
        continue;
      }
      writer.at = into.usedBytes;
      writer.fault = null;
      writeBytes(writer, this.#table);
      for (const one of symbolColumns) writeSymbolColumn(writer, one, row, symbols);
      let isFirst = true;
      for (const one of valueColumns) if (writeValueColumn(writer, one, row, isFirst)) isFirst = false;
      reserve(writer, 1);
      into.bytes[writer.at++] = SPACE;
      writeInteger(writer, time, LETTER_T);
      reserve(writer, 1);
      into.bytes[writer.at++] = LINE_END;
      if (writer.fault !== null) {
        onFault(writer.fault, time);
        continue;
      }
      if (writer.at > maxBytes && into.rows > 0) return row;
      into.endRow(writer.at, time);
    }
    return length;
  }
}

type EncodedColumn = TableColumn & { readonly prefix: Uint8Array };
type BoundColumn = { readonly encoded: EncodedColumn; readonly column: Column };
type Writer = { readonly into: RowBuffer; at: number; fault: RowFault | null };

function writeSymbolColumn(writer: Writer, { encoded, column }: BoundColumn, row: number, symbols: SymbolTable): void {
  if (column.valid !== undefined && column.valid[row] === 0) return;
  writeBytes(writer, encoded.prefix);
  if (column.type !== 'symbol') {
    const words = column.type === 'quality' ? QUALITIES : SEVERITY_TEXTS;
    writeBytes(writer, words[column.values[row]! as number]!); // as: ids of words are numbers
    return;
  }
  const id = column.values[row]!;
  const isUtf8 = (symbols.lengthOf(id) & 1) === 0;
  if (!isUtf8 && encoded.isUpsertKey) writer.fault = halfPair(encoded.name);
  const isTaken = isUtf8 ? writeSymbol(writer, symbols, id) : writeText(writer, symbols.textOf(id), UNQUOTED);
  if (!isTaken) writer.fault = holdsNul(encoded.name);
}

/** False where there is nothing to write. */
function writeValueColumn(writer: Writer, { encoded, column }: BoundColumn, row: number, isFirst: boolean): boolean {
  if (column.valid !== undefined && column.valid[row] === 0) return false;
  if (column.type === 'float' && !Number.isFinite(column.values[row]!)) return false;
  const before = writer.at;
  writeBytes(writer, encoded.prefix);
  if (!isFirst) writer.into.bytes[before] = COMMA;
  switch (column.type) {
    case 'float':
      writeDouble(writer, column.values[row]!);
      break;
    case 'string': {
      const text = column.values[row]!;
      if (encoded.isUpsertKey && !text.isWellFormed()) writer.fault = halfPair(encoded.name);
      writeQuoted(writer, text);
      break;
    }
    case 'bool':
      writeInteger(writer, column.values[row]!, LETTER_I);
      break;
    default: {
      const value = column.values[row]! as number;
      if (!Number.isInteger(value) || Math.abs(value) >= LONG_END) writer.fault = noInteger(encoded.name, value);
      else writeInteger(writer, value, column.type === 'time' ? LETTER_T : LETTER_I);
    }
  }
  return true;
}

function isSymbol({ type }: TableColumn): boolean {
  return type === 'symbol' || type === 'quality' || type === 'severity';
}

function encodedColumn(column: TableColumn, separator: ',' | ' '): EncodedColumn {
  const name = escaped(column.name);
  return { ...column, prefix: Buffer.concat([Buffer.from(separator), name, Buffer.from('=')]) };
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

function reserve(writer: Writer, sizeBytes: number): void {
  if (writer.at + sizeBytes > writer.into.bytes.length) writer.into.grow(writer.at, sizeBytes);
}

function writeBytes(writer: Writer, source: Uint8Array): void {
  const { length } = source;
  reserve(writer, length);
  const target = writer.into.bytes;
  let at = writer.at;
  for (let i = 0; i < length; i++) target[at++] = source[i]!;
  writer.at = at;
}

function writeSymbol(writer: Writer, symbols: SymbolTable, id: number): boolean {
  const { bytes } = symbols;
  const from = symbols.startOf(id);
  return copyEscaped(writer, { bytes, from, until: from + (symbols.lengthOf(id) >>> 1), escapes: UNQUOTED });
}

function writeQuoted(writer: Writer, text: string): void {
  reserve(writer, 1);
  writer.into.bytes[writer.at++] = QUOTE;
  writeText(writer, text, QUOTED);
  reserve(writer, 1);
  writer.into.bytes[writer.at++] = QUOTE;
}

function writeText(writer: Writer, text: string, escapes: Uint8Array): boolean {
  if (scratch.length < text.length * 3) scratch = Buffer.allocUnsafeSlow(text.length * 3);
  const until = scratch.write(text, 'utf8');
  return copyEscaped(writer, { bytes: scratch, from: 0, until, escapes });
}

/** False of a byte that cannot be. All that is escaped is ASCII, so bytes of longer characters are none of it. */
function copyEscaped(
  writer: Writer,
  text: { readonly bytes: Uint8Array; readonly from: number; readonly until: number; readonly escapes: Uint8Array },
): boolean {
  const { bytes, from, until, escapes } = text;
  reserve(writer, (until - from) * 2);
  const target = writer.into.bytes;
  let at = writer.at;
  for (let i = from; i < until; i++) {
    const byte = bytes[i]!;
    const kind = escapes[byte]!;
    if (kind !== 0) {
      if (kind === NEVER) return false;
      target[at++] = BACKSLASH;
    }
    target[at++] = byte;
  }
  writer.at = at;
  return true;
}

function writeDouble(writer: Writer, value: number): void {
  reserve(writer, 10);
  const target = writer.into.bytes;
  target[writer.at] = EQUALS;
  target[writer.at + 1] = BINARY_DOUBLE;
  writer.into.view.setFloat64(writer.at + 2, value, true);
  writer.at += 10;
}

/** In two halves, so that the digits are found in small integers. */
function writeInteger(writer: Writer, value: number, letter: number): void {
  reserve(writer, 32);
  const target = writer.into.bytes;
  let at = writer.at;
  if (value >= 0 && value < 10) {
    target[at++] = ZERO + value;
  } else if (!Number.isSafeInteger(value)) {
    at += writer.into.bytes.write(BigInt(value).toString(), at, 'latin1');
  } else {
    if (value < 0) {
      target[at++] = MINUS;
      value = -value;
    }
    const high = Math.floor(value / 1e8);
    if (high === 0) {
      at = writeDigits(target, at, value);
    } else {
      const low = value - high * 1e8;
      if (high < 1e8) {
        at = writeDigits(target, at, high);
      } else {
        const highest = Math.floor(high / 1e8);
        at = writeDigits(target, at, highest);
        at = writeEight(target, at, high - highest * 1e8);
      }
      at = writeEight(target, at, low);
    }
  }
  target[at++] = letter;
  writer.at = at;
}

function writeDigits(target: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  let rest = value | 0;
  for (let i = at + digits - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    target[i] = ZERO + rest - next * 10;
    rest = next;
  }
  return at + digits;
}

function writeEight(target: Uint8Array, at: number, value: number): number {
  let rest = value | 0;
  for (let i = at + 7; i >= at; i--) {
    const next = (rest / 10) | 0;
    target[i] = ZERO + rest - next * 10;
    rest = next;
  }
  return at + 8;
}

function escaped(name: string): Uint8Array {
  const into = new RowBuffer();
  const writer: Writer = { into, at: 0, fault: null };
  writeText(writer, name, UNQUOTED);
  return Buffer.from(into.bytes.subarray(0, writer.at));
}

function escapes({ escaped: characters, never }: { readonly escaped: string; readonly never: string }): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  for (const byte of Buffer.from(never)) table[byte] = NEVER;
  return table;
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

let scratch = Buffer.allocUnsafeSlow(4_096);
const [SPACE, COMMA, EQUALS, QUOTE, BACKSLASH, LINE_END] = [32, 44, 61, 34, 92, 10];
const [ZERO, MINUS, LETTER_I, LETTER_T] = [48, 45, 105, 116];
const BINARY_DOUBLE = 16;
const LONG_END = 2 ** 63;
const BEFORE_1970: RowFault = { code: 'MR5208', reason: 'QuestDB holds no time before 1970' };
const NO_TIME: RowFault = { code: 'MR5208', reason: 'its time is no whole number of microseconds before 2255' };
const TOO_OLD: RowFault = { code: 'MR5207', reason: 'the row is older than the series is kept' };
const NEVER = 2;
const UNQUOTED = escapes({ escaped: ' ,=\n\r\\', never: '\0' }); // QuestDB refuses the request
const QUOTED = escapes({ escaped: '"\n\r\\', never: '' });
const QUALITIES = QUALITY_WORDS.map(word => Buffer.from(word));
const SEVERITY_TEXTS = SEVERITIES.map(word => Buffer.from(word));
