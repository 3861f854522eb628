import type { SourceNode } from '../../dsl/plan.ts';
import {
  type Column,
  createColumn,
  NO_SYMBOL,
  QUALITY_WORDS,
  readScalar,
  type Scalar,
  type SymbolTable,
} from '../batch.ts';
import { parseDecimal } from './decimal.ts';
import { MAX_TIME_US, parseIsoUs } from './event-time.ts';

/** Why a value, and with it its event, is refused: a code of docs/errors and a reason in the user's words. */
export type Fault = { readonly code: string; readonly reason: string };

type SourceField = SourceNode['fields'][number];

/**
 * One declared field while a batch is built: checks each event's value and, where the field is needed, keeps it in a
 * column. Every `put` writes row `row`, which must lie below the reserved capacity, or says why the value is refused;
 * a row that is refused is written again by the next event. A null is replaced by the field's default.
 */
export class FieldBuffer {
  readonly field: SourceField;
  readonly isColumn: boolean;
  /** Of numbers that are kept as they come; NaN: none is. */
  readonly least: number;
  readonly most: number;
  /** Of these, only integers are kept. */
  readonly isInt: boolean;
  readonly #symbols: SymbolTable;
  readonly #type: SourceField['type'];
  readonly #isKey: boolean;
  readonly #scaling: SourceField['scaling'];
  readonly #low: number;
  readonly #high: number;
  readonly #defaultNumber: number; // of floats, and the code of bools, qualities and severities; NaN: none
  readonly #words: readonly Uint8Array[]; // of qualities and severities, by code
  #column: Column;
  // The column's arrays once more, one property a type, so that each use sees one type of array.
  #floats: Float64Array = NO_FLOATS;
  #bytes: Uint8Array = NO_BYTES;
  #ids: Uint32Array = NO_IDS;
  #texts: string[] = [];
  #valid: Uint8Array | undefined;
  #capacity = 0;

  constructor(options: {
    readonly field: SourceField;
    readonly isKey: boolean;
    readonly isColumn: boolean;
    readonly symbols: SymbolTable;
  }) {
    const { field } = options;
    this.field = field;
    this.isColumn = options.isColumn;
    this.#isKey = options.isKey;
    this.#symbols = options.symbols;
    this.#type = field.type;
    this.#scaling = field.scaling;
    this.#low = field.range?.low ?? -Infinity;
    this.#high = field.range?.high ?? Infinity;
    this.#defaultNumber = codeOf(field.type, field.default);
    this.#words = wordsOf(field.type).map(word => Buffer.from(word));
    const isPlain =
      field.scaling.length === 0 && (field.type === 'float' || field.type === 'int' || field.type === 'duration');
    this.isInt = field.type === 'int';
    this.least = isPlain ? Math.max(this.#low, -Number.MAX_VALUE) : Number.NaN;
    this.most = isPlain ? Math.min(this.#high, Number.MAX_VALUE) : Number.NaN;
    this.#column = createColumn(field.type, 0);
  }

  /** With the rows so far, and room for more. */
  get column(): Column {
    return this.#column;
  }

  /** Makes room for `capacity` rows; keeps the first `length`. */
  reserve(length: number, capacity: number): void {
    if (!this.isColumn || capacity <= this.#capacity) return;
    const column = createColumn(this.#type, capacity);
    copyValues(this.#column, column, length);
    if (this.#valid !== undefined) {
      column.valid = new Uint8Array(capacity).fill(1);
      column.valid.set(this.#valid.subarray(0, length));
    }
    this.#adopt(column, capacity);
  }

  /** Hands over the column of the first `length` rows and starts an empty one. */
  take(length: number): Column {
    const column = cutTo(this.#column, length);
    if (column.valid !== undefined && !column.valid.includes(0)) column.valid = undefined; // nulls of refused rows only
    this.#adopt(createColumn(this.#type, 0), 0);
    return column;
  }

  /** The value that the row has now, as plain JSON. Only of columns. */
  scalar(row: number): Scalar {
    return readScalar(this.#column, row, this.#symbols);
  }

  putNull(row: number): Fault | undefined {
    const { default: value } = this.field;
    if (value === null) {
      if (this.#isKey) return { code: 'MR4014', reason: `${this.field.name}, which is part of the key, is missing` };
      if (this.isColumn) this.#markNull(row);
      return undefined;
    }
    switch (this.#type) {
      case 'symbol':
      case 'string':
        return this.putText(row, String(value));
      case 'time':
        return this.putValue(row, value);
      case 'bool':
      case 'quality':
      case 'severity':
        return this.#writeByte(row, this.#defaultNumber);
      default:
        return this.#writeNumber(row, this.#defaultNumber);
    }
  }

  /** Text that is not empty, from a source in which all is text (CSV). The bytes must be UTF-8. */
  putBytes(row: number, bytes: Buffer, from: number, to: number): Fault | undefined {
    switch (this.#type) {
      case 'float':
      case 'int':
      case 'duration': {
        const value = parseDecimal(bytes, from, to);
        // NaN is not equal to itself, and an infinity has no difference to itself.
        if (value - value !== 0) return this.#notANumber(bytes.toString('utf8', from, to), row);
        return this.putNumber(row, value);
      }
      case 'symbol':
        return this.putTextBytes(row, bytes, from, to);
      case 'string':
        return this.#writeText(row, bytes.toString('utf8', from, to));
      case 'bool': {
        const text = bytes.toString('latin1', from, to).trim().toLowerCase();
        if (text === '') return this.putNull(row);
        if (text === 'true' || text === '1') return this.#writeByte(row, 1);
        if (text === 'false' || text === '0') return this.#writeByte(row, 0);
        return this.#wrongType(bytes.toString('utf8', from, to), 'true, false, 1 or 0');
      }
      case 'quality': {
        const status = parseDecimal(bytes, from, to);
        return Number.isNaN(status)
          ? this.putText(row, bytes.toString('utf8', from, to))
          : this.#putStatus(row, status);
      }
      case 'severity':
      case 'time':
        return this.putText(row, bytes.toString('utf8', from, to));
    }
  }

  putNumber(row: number, value: number): Fault | undefined {
    if (value >= this.least && value <= this.most && (!this.isInt || Number.isSafeInteger(value))) {
      return this.#writeNumber(row, value);
    }
    switch (this.#type) {
      case 'float':
      case 'int':
      case 'duration':
        break;
      case 'time':
        return this.putInstant(row, value);
      case 'quality':
        return this.#putStatus(row, value);
      default:
        return this.#wrongType(value, NOUNS[this.#type]);
    }
    for (const step of this.#scaling) value = scaled(value, step.operator, step.by);
    if (value - value !== 0) {
      return { code: 'MR4011', reason: `${this.field.name} is ${value}: only finite numbers are taken` };
    }
    if (value < this.#low || value > this.#high) return this.#outOfRange(value);
    if (this.#type === 'int' && !Number.isSafeInteger(value)) {
      return { code: 'MR4013', reason: `${this.field.name} is ${value}, not an integer of at most 2^53 - 1` };
    }
    return this.#writeNumber(row, value);
  }

  /** Writes so many rows from this one on. False: not all are kept as they come, and nothing is written. */
  putNumbers(row: number, numbers: Float64Array, from: number, count: number): boolean {
    const { least, most, isInt } = this;
    for (let i = from; i < from + count; i++) {
      const value = numbers[i]!;
      if (!(value >= least && value <= most) || (isInt && !Number.isSafeInteger(value))) return false;
    }
    if (!this.isColumn) return true;
    this.#floats.set(numbers.subarray(from, from + count), row);
    this.#valid?.fill(1, row, row + count);
    return true;
  }

  /** A text of a source in which text and numbers differ (JSON). */
  putText(row: number, text: string): Fault | undefined {
    switch (this.#type) {
      case 'symbol': {
        const excess = excessBytes(text);
        if (excess > 0) return this.#textTooLong(excess + MAX_SYMBOL_BYTES);
        return this.isColumn ? this.#writeSymbol(row, this.#symbols.admit(text)) : undefined;
      }
      case 'string':
        return this.#writeText(row, text);
      case 'quality':
      case 'severity': {
        const code = codeOf(this.#type, text.trim().toLowerCase());
        if (Number.isNaN(code)) return this.#wrongType(text, NOUNS[this.#type]);
        return this.#writeByte(row, code);
      }
      case 'time': {
        const bytes = Buffer.from(text);
        const us = parseIsoUs(bytes, 0, bytes.length);
        return this.putInstant(row, Number.isNaN(us) ? parseDecimal(bytes, 0, bytes.length) : us);
      }
      case 'float':
      case 'int':
      case 'duration': {
        if (!this.field.isNumberFromText) return this.#wrongType(text, NOUNS[this.#type]);
        const bytes = Buffer.from(text);
        if (text.trim() === '') return this.putNull(row);
        const value = parseDecimal(bytes, 0, bytes.length);
        return value - value === 0 ? this.putNumber(row, value) : this.#notANumber(text, row);
      }
      default:
        return this.#wrongType(text, NOUNS[this.#type]);
    }
  }

  /** As putText, of UTF-8. */
  putTextBytes(row: number, bytes: Buffer, from: number, to: number): Fault | undefined {
    switch (this.#type) {
      case 'symbol':
        if (to - from > MAX_SYMBOL_BYTES) return this.#textTooLong(to - from);
        return this.isColumn ? this.#writeSymbol(row, this.#symbols.admitBytes(bytes, from, to)) : undefined;
      case 'quality':
      case 'severity': {
        const words = this.#words;
        for (let code = 0; code < words.length; code++) {
          if (isAt(words[code]!, bytes, from, to)) return this.#writeByte(row, code);
        }
        break;
      }
      case 'float':
      case 'int':
      case 'duration': {
        const value = this.field.isNumberFromText ? parseDecimal(bytes, from, to) : Number.NaN;
        if (value - value === 0) return this.putNumber(row, value);
        break;
      }
      default:
        break;
    }
    return this.putText(row, bytes.toString('utf8', from, to));
  }

  /** A point in time, in microseconds. */
  putInstant(row: number, us: number): Fault | undefined {
    if (this.#type !== 'time') return this.#wrongType(us, NOUNS[this.#type]);
    if (!(us >= 0 && us <= MAX_TIME_US)) {
      return { code: 'MR4017', reason: `${this.field.name} is not a time between 1970 and 2255` };
    }
    return this.#writeNumber(row, us);
  }

  /** A value as JSON.parse or Parquet gives it. */
  putValue(row: number, value: unknown): Fault | undefined {
    switch (typeof value) {
      case 'undefined':
        return this.putNull(row);
      case 'number':
        return this.putNumber(row, value);
      case 'string':
        return this.putText(row, value);
      case 'boolean':
        return this.#type === 'bool' ? this.#writeByte(row, value ? 1 : 0) : this.#wrongType(value, NOUNS[this.#type]);
      case 'bigint': {
        const number = Number(value); // Infinity beyond 308 digits, as JSON.parse gives it for them
        return this.#type === 'int' && Number.isFinite(number) && !Number.isSafeInteger(number)
          ? { code: 'MR4013', reason: `${this.field.name} is ${value}, not an integer of at most 2^53 - 1` }
          : this.putNumber(row, number);
      }
      default:
        return value === null ? this.putNull(row) : this.#wrongType(value, NOUNS[this.#type]);
    }
  }

  /** OPC UA's status code: its top two bits are the severity (Part 4, 7.39); 11 is reserved and counts as bad. */
  #putStatus(row: number, status: number): Fault | undefined {
    if (!Number.isInteger(status) || status < -0x8000_0000 || status > 0xffff_ffff) {
      return this.#wrongType(status, NOUNS.quality);
    }
    return this.#writeByte(row, Math.min(status >>> 30, 2));
  }

  #writeNumber(row: number, value: number): undefined {
    if (!this.isColumn) return;
    this.#floats[row] = value;
    if (this.#valid !== undefined) this.#valid[row] = 1;
  }

  #writeSymbol(row: number, id: number): Fault | undefined {
    if (id === NO_SYMBOL) return this.#tooManyTexts();
    this.#ids[row] = id;
    if (this.#valid !== undefined) this.#valid[row] = 1;
    return undefined;
  }

  #writeText(row: number, text: string): Fault | undefined {
    if (this.#isKey && excessBytes(text) > 0) return this.#textTooLong(excessBytes(text) + MAX_SYMBOL_BYTES);
    if (!this.isColumn) return undefined;
    this.#texts[row] = text;
    if (this.#valid !== undefined) this.#valid[row] = 1;
    return undefined;
  }

  #writeByte(row: number, value: number): undefined {
    if (!this.isColumn) return;
    this.#bytes[row] = value;
    if (this.#valid !== undefined) this.#valid[row] = 1;
  }

  #markNull(row: number): void {
    this.#valid ??= this.#column.valid = new Uint8Array(this.#capacity).fill(1);
    this.#valid[row] = 0;
  }

  #adopt(column: Column, capacity: number): void {
    this.#column = column;
    this.#capacity = capacity;
    this.#valid = column.valid;
    if (column.values instanceof Float64Array) this.#floats = column.values;
    else if (column.values instanceof Uint8Array) this.#bytes = column.values;
    else if (column.values instanceof Uint32Array) this.#ids = column.values;
    else this.#texts = column.values;
  }

  #notANumber(text: string, row: number): Fault | undefined {
    const trimmed = text.trim();
    if (trimmed === '') return this.putNull(row);
    // What is decimal and has come here is too large for a double.
    if (/^[+-]?(nan|inf|infinity)$/i.test(trimmed) || isDecimal(text)) {
      return { code: 'MR4011', reason: `${this.field.name} is ${shown(trimmed)}: only finite numbers are taken` };
    }
    const comma = /^[+-]?\d+,\d+$/.test(trimmed)
      ? '; decimals are written with a point: `millrace explain MR4010` says how to convert a file'
      : '';
    return { code: 'MR4010', reason: `${this.field.name} is ${shown(text)}, not a number${comma}` };
  }

  #wrongType(value: unknown, wanted: string): Fault {
    const hint =
      typeof value === 'string' && NOUNS[this.#type] === NOUNS.float && isDecimal(value)
        ? '; write `number($.…)` where numbers come as text'
        : '';
    return { code: 'MR4010', reason: `${this.field.name} is ${shown(value)}, not ${wanted}${hint}` };
  }

  #tooManyTexts(): Fault {
    const reason = `${this.field.name} is a new text, and there are too many different texts already`;
    return { code: 'MR4022', reason: this.#isKey ? reason : `${reason}; declare it \`string\` where each is new` };
  }

  #textTooLong(sizeBytes: number): Fault {
    const what = this.#isKey ? 'the key' : 'a symbol';
    const reason = `${this.field.name} is a text of ${sizeBytes} bytes; ${what} has at most ${MAX_SYMBOL_BYTES}`;
    return { code: 'MR4023', reason };
  }

  #outOfRange(value: number): Fault {
    const unit = this.field.unit === undefined ? '' : ` ${this.field.unit}`;
    return { code: 'MR4012', reason: `${this.field.name} is ${value}${unit}, outside ${this.#low}..${this.#high}` };
  }
}

/** A value in a reason: text in quotes, everything of bounded length. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return 'binary data';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** By how much a text is longer than a symbol may be; at most 0: it is not. */
function excessBytes(text: string): number {
  if (text.length * 3 <= MAX_SYMBOL_BYTES) return 0; // the usual case: UTF-8 has at most 3 bytes for a UTF-16 unit
  return Buffer.byteLength(text) - MAX_SYMBOL_BYTES;
}

function scaled(value: number, operator: '+' | '-' | '*' | '/', by: number): number {
  switch (operator) {
    case '+':
      return value + by;
    case '-':
      return value - by;
    case '*':
      return value * by;
    case '/':
      return value / by;
  }
}

/** What a column holds for a constant: words are codes; NaN where there is none. */
function codeOf(type: SourceField['type'], value: Scalar): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const code = value === null ? -1 : wordsOf(type).indexOf(value);
  return code < 0 ? Number.NaN : code;
}

function wordsOf(type: SourceField['type']): readonly string[] {
  return type === 'quality' ? QUALITY_WORDS : type === 'severity' ? SEVERITY_WORDS : [];
}

function isAt(word: Uint8Array, bytes: Buffer, from: number, to: number): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) return false;
  return true;
}

function isDecimal(text: string): boolean {
  const bytes = Buffer.from(text);
  return !Number.isNaN(parseDecimal(bytes, 0, bytes.length));
}

function copyValues(from: Column, to: Column, length: number): void {
  for (let row = 0; row < length; row++) to.values[row] = from.values[row]!;
}

function cutTo(column: Column, length: number): Column {
  const valid = column.valid?.subarray(0, length);
  switch (column.type) {
    case 'string':
      return { type: column.type, values: column.values.slice(0, length), valid };
    case 'symbol':
      return { type: column.type, values: column.values.subarray(0, length), valid };
    case 'bool':
    case 'quality':
    case 'severity':
      return { type: column.type, values: column.values.subarray(0, length), valid };
    default:
      return { type: column.type, values: column.values.subarray(0, length), valid };
  }
}

const SEVERITY_WORDS = ['info', 'low', 'medium', 'high', 'critical'] as const;

const NOUNS = {
  float: 'a number',
  int: 'a number',
  duration: 'a number of microseconds',
  time: 'a time',
  bool: 'true or false',
  symbol: 'text',
  string: 'text',
  quality: 'good, uncertain, bad or an OPC UA status code',
  severity: 'info, low, medium, high or critical',
} as const satisfies Record<SourceField['type'], string>;

/** Of a symbol and of a text that is part of the key: each is kept, some of them several times. */
export const MAX_SYMBOL_BYTES = 64 * 1024;

const NO_FLOATS = new Float64Array(0);
const NO_BYTES = new Uint8Array(0);
const NO_IDS = new Uint32Array(0);
