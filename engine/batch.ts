import type { SourceNode, ValueType } from '../dsl/plan.ts';

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
 * Dense ids for repeated text; one table serves all symbol columns of a job, so equal text has equal ids. What comes from
 * outside is let in by `admit`, which has a bound; beyond it the event is refused. Ids that nothing refers to any more are
 * given out again after `free`.
 */
export class SymbolTable {
  readonly #ids = new Map<string, number>();
  readonly #maxTexts: number;
  readonly #maxTextBytes: number;
  #textBytes = 0; // of what `admit` let in
  readonly #free: number[] = []; // bound: the texts that there were at one time
  #assigned: number[] | undefined; // ids given out since they were asked for
  /** By id; of a free one, empty. */
  readonly texts: string[] = [];

  constructor({ maxTexts = 4_000_000, maxTextBytes = 512 * 1024 * 1024 }: SymbolLimits = {}) {
    this.#maxTexts = maxTexts;
    this.#maxTextBytes = maxTextBytes;
  }

  /** The highest id so far, plus 1. */
  get size(): number {
    return this.texts.length;
  }

  /** Texts that have an id now. */
  get count(): number {
    return this.texts.length - this.#free.length;
  }

  /** For texts of our own: a rule's literals, what an expression makes, a checkpoint's. */
  idOf(text: string): number {
    return this.#ids.get(text) ?? this.#add(text);
  }

  /** For texts from outside: NO_SYMBOL where the text is new and there is no room for it. */
  admit(text: string): number {
    const id = this.#ids.get(text);
    if (id !== undefined) return id;
    const sizeBytes = Buffer.byteLength(text);
    if (this.count >= this.#maxTexts || this.#textBytes + sizeBytes > this.#maxTextBytes) return NO_SYMBOL;
    this.#textBytes += sizeBytes;
    return this.#add(text);
  }

  textOf(id: number): string {
    return this.texts[id]!;
  }

  /** Nothing refers to these any more. */
  free(ids: readonly number[]): void {
    for (const id of ids) {
      const text = this.texts[id]!;
      this.#ids.delete(text);
      this.#textBytes = Math.max(0, this.#textBytes - Buffer.byteLength(text));
      this.texts[id] = '';
      this.#free.push(id);
    }
  }

  /** Whether this id has a text, which may be empty. */
  has(id: number): boolean {
    return this.#ids.get(this.texts[id]!) === id;
  }

  /** By id: 1 where it is free. */
  freeIds(): Uint8Array {
    const isFree = new Uint8Array(this.size);
    for (const id of this.#free) isFree[id] = 1;
    return isFree;
  }

  /** The ids that were given out since the last call; none before the first one. */
  takeAssigned(): number[] {
    const assigned = this.#assigned ?? [];
    this.#assigned = [];
    return assigned;
  }

  snapshot(): string[] {
    return this.texts.slice();
  }

  /** With the same ids; what is not there is free. */
  static restore(texts: readonly (string | undefined)[]): SymbolTable {
    const table = new SymbolTable();
    for (let id = 0; id < texts.length; id++) {
      const text = texts[id];
      table.texts.push(text ?? '');
      if (text === undefined) {
        table.#free.push(id);
        continue;
      }
      table.#textBytes += Buffer.byteLength(text);
      table.#ids.set(text, id);
    }
    return table;
  }

  #add(text: string): number {
    const id = this.#free.pop() ?? this.texts.length;
    this.#ids.set(text, id);
    this.texts[id] = text;
    this.#assigned?.push(id);
    return id;
  }
}

export const NO_SYMBOL = -1;

export type SymbolLimits = { readonly maxTexts?: number; readonly maxTextBytes?: number };

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
  readonly atIndex: number;
};

/** The fields of a source that become columns, in the order of `EventBatch.columns`. */
export function neededFields(source: SourceNode): SourceNode['fields'] {
  return source.fields.filter(field => field.isNeeded || source.key.includes(field.name));
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
