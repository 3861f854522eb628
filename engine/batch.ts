import type { SourceNode, ValueType } from '../dsl/plan.ts';
import type { SymbolTable } from './batch/symbol-table.ts';

export { NO_SYMBOL, type PackedTexts, type SymbolLimits, SymbolTable } from './batch/symbol-table.ts';

/**
 * Values of one column, row-aligned with its batch or frame. Numbers, ints, times and durations (µs) are doubles;
 * bools, qualities (0 good, 1 uncertain, 2 bad) and severities (0 info … 4 critical) are bytes; symbols are ids of the
 * SymbolTable; strings are strings. `valid` is one byte a row, 1 where the value is there; undefined: no row is null.
 * What `values` holds where a row is null is undefined and must not be read.
 */
export type Column = FloatColumn | ByteColumn | SymbolColumn | StringColumn;
export type FloatColumn = {
  readonly type: 'float' | 'int' | 'time' | 'duration';
  values: Float64Array;
  valid: Uint8Array | undefined;
};
export type ByteColumn = {
  readonly type: 'bool' | 'quality' | 'severity';
  values: Uint8Array;
  valid: Uint8Array | undefined;
};
export type SymbolColumn = { readonly type: 'symbol'; values: Uint32Array; valid: Uint8Array | undefined };
export type StringColumn = { readonly type: 'string'; values: string[]; valid: Uint8Array | undefined };

/** A value of a row. */
export type Scalar = number | string | boolean | null;

export function createColumn(type: ValueType, length: number): Column {
  switch (type) {
    case 'float':
    case 'int':
    case 'time':
    case 'duration':
      return { type, values: new Float64Array(length), valid: undefined };
    case 'bool':
    case 'quality':
    case 'severity':
      return { type, values: new Uint8Array(length), valid: undefined };
    case 'symbol':
      return { type, values: new Uint32Array(length), valid: undefined };
    case 'string':
      return { type, values: new Array<string>(length).fill(''), valid: undefined };
  }
}

/**
 * Events of one stream in order of arrival, as a source hands them over. `arrivalUs` never falls within and between
 * batches of a source. `columns` are those of the source node's needed fields, in that order, the key's among them.
 * The receiver owns it.
 */
export type EventBatch = {
  readonly stream: string;
  length: number;
  timeUs: Float64Array;
  arrivalUs: Float64Array;
  columns: Column[];
  rejected: Rejection[];
};

/** What the schema refused: it moves no watermark. `atIndex` is the event before which it stood in its batch. */
export type Rejection = {
  readonly stream: string;
  readonly code: string; // MR4xxx
  readonly reason: string;
  readonly raw: string; // at most 1,000 characters of the message
  readonly arrivalUs: number;
  readonly eventTimeUs: number | null;
  readonly key: Readonly<Record<string, Scalar>> | null;
  readonly identity: EventIdentity | null; // null: the stream is not stored
  readonly atIndex: number;
};

/** Which event it is, whenever its message is read: in a stored stream this tells rows and rejections apart. */
export type EventIdentity = { readonly source: string; readonly sequence: number; readonly item: number };

/** The fields of a source that become columns, in the order of `EventBatch.columns`. */
export function neededFields(source: SourceNode): SourceNode['fields'] {
  const { key, unique } = source;
  return source.fields.filter(
    ({ isNeeded, name }) => isNeeded || key.includes(name) || unique?.fields.includes(name) === true,
  );
}

/** Columns of a batch that say which event each is: source, sequence and item. None: nobody asks for them. */
export function identityColumns(source: SourceNode): readonly number[] {
  return neededFields(source).flatMap(({ from }, column) => (from.kind === 'identity' ? [column] : []));
}

/** Reads one value of a column as plain JSON, or null. */
export function readScalar(column: Column, row: number, symbols: SymbolTable): Scalar {
  if (column.valid !== undefined && column.valid[row] === 0) return null;
  switch (column.type) {
    case 'symbol':
      return symbols.textOf(column.values[row]!);
    case 'bool':
      return column.values[row] === 1;
    case 'quality':
      return QUALITY_WORDS[column.values[row]!]!;
    case 'severity':
      return SEVERITY_WORDS[column.values[row]!]!;
    default:
      return column.values[row]!;
  }
}

export const QUALITY_WORDS = ['good', 'uncertain', 'bad'] as const;
const SEVERITY_WORDS = ['info', 'low', 'medium', 'high', 'critical'] as const;
