import type { Field } from '../../dsl/plan.ts';
import { type Column, readScalar, type Scalar, type SymbolTable } from '../batch.ts';
import type { ColumnarRows, OutputRow, RowBatch } from '../connector.ts';
import type { Frame, KeyTable } from '../operator.ts';
import { type CarriedSlot, RowsOfFrame } from '../operators/filter-index/rows-of-frame.ts';
import { copyColumn, gatherColumn } from '../state/columns.ts';
import { firstOne } from '../state/first-one.ts';
import { gatherFloat64, gatherUint32 } from '../state/gather.ts';
import { growUint32 } from '../state/growable.ts';
import { RisenTimes } from './risen-times.ts';

/** Rows of one stream as columns of their own; those of the key's fields and of the others as its shape names them. */
export type RowColumns = {
  readonly stream: string;
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly key: readonly Column[];
  readonly columns: readonly Column[];
  /** Of a series that has fields of its own: those of SERIES_FIELDS. */
  readonly own?: readonly Column[];
};

/** What all rows of a stream have in common: the fields of the key, and the others. */
export type RowShape = {
  readonly key: readonly Field[];
  readonly fields: readonly Field[];
  /** Early rows of several open panes are among them: times of a key may fall. */
  readonly hasRevisions?: boolean;
};

/** The key's columns by key id: what a frame's key table is. */
type KeyColumns = KeyTable & { readonly columns: readonly Column[] };

/** Takes the rows of one stream out of its frames, for the outside. */
export class RowTap {
  readonly stream: string;
  /** Whether any of the columns is made in the frame. */
  readonly hasComputed: boolean;
  readonly #keys: KeyColumns;
  readonly #slots: readonly number[]; // of the fields
  readonly #revision: number | undefined; // slot, where it is a series' own field
  readonly #isCarried: readonly boolean[] | undefined; // by field
  #indexes = new Uint32Array(0); // of the frame's rows

  constructor(options: {
    readonly stream: string;
    readonly keys: KeyColumns;
    readonly slots: readonly number[];
    readonly revision: number | undefined;
    /** Of a frame that is made of these rows: the columns that it is made with, which nobody else has. */
    readonly carried?: readonly CarriedSlot[] | undefined;
  }) {
    this.#revision = options.revision;
    this.stream = options.stream;
    this.#keys = options.keys;
    this.#slots = options.slots;
    const { carried } = options;
    this.#isCarried = carried && options.slots.map(slot => carried.some(({ to }) => to === slot));
    this.hasComputed = this.#isCarried?.includes(false) !== false;
  }

  /** A copy of the rows under the mask (undefined: all), or what was copied for them; undefined where there is none. */
  rowsOf(frame: Frame, mask: Uint8Array | undefined): RowColumns | undefined {
    if (this.#isCarried !== undefined) return new FoundRowColumns(this, frame as RowsOfFrame); // as: that is what has carried columns
    if (mask === undefined) return this.#allOf(frame);
    this.#indexes = growUint32(this.#indexes, frame.length);
    const length = rowsInto(this.#indexes, frame.length, mask);
    if (length === 0) return undefined;
    const indexes = this.#indexes.subarray(0, length);
    const keyIds = gatherUint32(frame.keyIds, indexes);
    const own = this.#revision === undefined ? {} : { own: revisions(frame.columns[this.#revision]!, indexes) };
    return {
      stream: this.stream,
      length,
      timeUs: gatherFloat64(frame.timeUs, indexes),
      key: this.#keys.columns.map(column => gatherColumn(column, keyIds, length)),
      columns: this.#slots.map(slot => gatherColumn(frame.columns[slot]!, indexes, length)),
      ...own,
    };
  }

  #allOf(frame: Frame): RowColumns {
    const { length, timeUs } = frame;
    const copyAt = (slot: number) => copyColumn(frame.columns[slot]!, length);
    const isVoid: Column = { type: 'bool', values: new Uint8Array(length), valid: undefined };
    return {
      stream: this.stream,
      length,
      timeUs: timeUs.slice(0, length),
      key: this.#keys.columns.map(column => gatherColumn(column, frame.keyIds, length)),
      columns: this.#slots.map(copyAt),
      ...(this.#revision === undefined ? {} : { own: [copyAt(this.#revision), isVoid] }),
    };
  }

  /** Of a frame that has no other rows. What it was made with nobody else has; what was computed since is copied. */
  columnsOf(frame: RowsOfFrame): readonly Column[] {
    return this.#slots.map((slot, field) =>
      this.#isCarried![field]! ? frame.columns[slot]! : copyColumn(frame.columns[slot]!, frame.length),
    );
  }
}

/**
 * Rows of a filter in an index. Of thousands of such streams a frame has a row or two each: arrays of these are made when they are
 * read. benchmark: peers, 1000-limits
 */
class FoundRowColumns implements RowColumns {
  readonly stream: string;
  readonly length: number;
  readonly #frame: RowsOfFrame;
  readonly #tap: RowTap;
  #key: readonly Column[] | undefined;
  #columns: readonly Column[] | undefined;

  constructor(tap: RowTap, frame: RowsOfFrame) {
    this.stream = tap.stream;
    this.length = frame.length;
    this.#frame = frame;
    this.#tap = tap;
    if (tap.hasComputed) this.#columns = tap.columnsOf(frame);
  }

  get timeUs(): Float64Array {
    return this.#frame.timeUs;
  }

  get key(): readonly Column[] {
    return (this.#key ??= this.#frame.key);
  }

  get columns(): readonly Column[] {
    return (this.#columns ??= this.#tap.columnsOf(this.#frame));
  }
}

/** As plain data, which can be sent to another thread. */
export function plainRows({ stream, length, timeUs, key, columns, own }: RowColumns): RowColumns {
  return { stream, length, timeUs, key, columns, ...(own === undefined ? {} : { own }) };
}

/** Revision and void, as SERIES_FIELDS has them. */
function revisions(revision: Column, indexes: Uint32Array): readonly Column[] {
  const isVoid: Column = { type: 'bool', values: new Uint8Array(indexes.length), valid: undefined };
  return [gatherColumn(revision, indexes, indexes.length), isVoid];
}

/** Rows of one stream from one place or several. Objects are made of them only when somebody asks for `rows`. */
export class RowsOfParts implements RowBatch {
  readonly stream: string;
  readonly length: number;
  readonly #shape: RowShape;
  readonly #parts: readonly RowColumns[];
  readonly #symbols: SymbolTable;
  readonly #order: RowOrder;
  #rows: OutputRow[] | undefined;

  /** There is at least one part. */
  constructor(
    parts: readonly RowColumns[],
    options: { readonly shape: RowShape; readonly symbols: SymbolTable; readonly order: RowOrder },
  ) {
    this.stream = parts[0]!.stream;
    this.length = parts.reduce((length, part) => length + part.length, 0);
    this.#parts = parts;
    this.#shape = options.shape;
    this.#symbols = options.symbols;
    this.#order = options.order;
  }

  get fields(): readonly Field[] {
    const { key, fields } = this.#shape;
    return [...key, ...fields];
  }

  get columnar(): ColumnarRows {
    return { parts: this.#parts, symbols: this.#symbols };
  }

  get rows(): readonly OutputRow[] {
    this.#rows ??= rowPlaces(this.#parts, this.#order).map(({ part, row }) => this.#row(part, row));
    return this.#rows;
  }

  #row(part: RowColumns, row: number): OutputRow {
    const { key, fields } = this.#shape;
    const read = (named: readonly Field[], columns: readonly Column[]) =>
      Object.fromEntries(
        columns.map((column, c): [string, Scalar] => [named[c]!.name, readScalar(column, row, this.#symbols)]),
      );
    return { timeUs: part.timeUs[row]!, key: read(key, part.key), values: read(fields, part.columns) };
  }
}

/**
 * `as-handled`: as they came. `by-time`: in order of (time, key), whoever handled them. `by-risen-time`: the same where times
 * of a key may fall, as keys were forgotten and have come again, or as rows are early ones; those of one key stay in the order in which they came.
 */
export type RowOrder = 'as-handled' | 'by-time' | 'by-risen-time';

type RowPlace = { readonly part: RowColumns; readonly row: number; readonly timeUs: number };

function rowPlaces(parts: readonly RowColumns[], order: RowOrder): RowPlace[] {
  const places: RowPlace[] = [];
  const risen = order === 'by-risen-time' ? new RisenTimes() : undefined;
  let isInOrder = true;
  for (const part of parts) {
    for (let row = 0; row < part.length; row++) {
      const timeUs = part.timeUs[row]!;
      const place = { part, row, timeUs: risen === undefined ? timeUs : risen.next(keyText(part, row), timeUs) };
      if (order !== 'as-handled' && places.length > 0 && comparePlaces(places.at(-1)!, place) > 0) isInOrder = false;
      places.push(place);
    }
  }
  return isInOrder ? places : places.sort(comparePlaces); // stable
}

function comparePlaces(a: RowPlace, b: RowPlace): number {
  const byTime = a.timeUs - b.timeUs;
  if (byTime !== 0) return byTime;
  for (let c = 0; c < a.part.key.length; c++) {
    const left = keyValue(a.part, a.row, c);
    const right = keyValue(b.part, b.row, c);
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return 0;
}

function keyText(part: RowColumns, row: number): string {
  return JSON.stringify(part.key.map((_, c) => keyValue(part, row, c)));
}

/** Symbols by id: in the order in which they appeared, whoever handles them. Null comes first. */
function keyValue({ key }: RowColumns, row: number, field: number): number | string {
  const column = key[field]!;
  if (column.valid === undefined || column.valid[row] === 1) return column.values[row]!;
  return column.type === 'string' ? '' : -Infinity;
}

/** Looks for the next row one by one near the last one, and else by `firstOne`. benchmark: throughput/filter */
function rowsInto(indexes: Uint32Array, length: number, mask: Uint8Array): number {
  let count = 0;
  let near = 0;
  for (let i = firstOne(mask, 0, length); i < length; i = i < near ? i + 1 : firstOne(mask, i + 1, length)) {
    if (mask[i] !== 1) continue;
    indexes[count++] = i;
    near = i + NEAR_ROWS;
  }
  return count;
}

const NEAR_ROWS = 32;
