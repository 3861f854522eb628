import type { Field } from '../../dsl/plan.ts';
import { type Column, readScalar, type Scalar, type SymbolTable } from '../batch.ts';
import type { OutputRow, RowBatch } from '../connector.ts';
import type { Frame, KeyTable } from '../operator.ts';
import { gatherColumn } from '../state/columns.ts';
import { firstOne } from '../state/first-one.ts';
import { growUint32 } from '../state/growable.ts';

/** What the rows of one stream have in common. */
type RowShape = {
  readonly stream: string;
  readonly fields: readonly string[];
  readonly keys: KeyTable;
  readonly symbols: SymbolTable;
};

/** Takes the rows of one stream out of its frames, for the outside. */
export class RowTap {
  readonly #shape: RowShape;
  readonly #slots: readonly number[]; // of the fields
  #indexes = new Uint32Array(0); // of the frame's rows

  constructor(
    options: Omit<RowShape, 'fields'> & { readonly fields: readonly Field[]; readonly slots: readonly number[] },
  ) {
    this.#shape = { ...options, fields: options.fields.map(field => field.name) };
    this.#slots = options.slots;
  }

  /** A copy of the rows under the mask (undefined: all); undefined where there is none. */
  rowsOf(frame: Frame, mask: Uint8Array | undefined): RowBatch | undefined {
    this.#indexes = growUint32(this.#indexes, frame.length);
    const length =
      mask === undefined ? allInto(this.#indexes, frame.length) : rowsInto(this.#indexes, frame.length, mask);
    return length === 0 ? undefined : new FrameRows(this.#shape, frame, this.#slots, this.#indexes.subarray(0, length));
  }
}

/** Copies of a frame's columns, of which objects are made only when somebody asks for `rows`. */
class FrameRows implements RowBatch {
  readonly length: number;
  readonly #shape: RowShape;
  readonly #timeUs: Float64Array;
  readonly #keyIds: Uint32Array;
  readonly #columns: readonly Column[];
  #rows: OutputRow[] | undefined;

  constructor(shape: RowShape, frame: Frame, slots: readonly number[], indexes: Uint32Array) {
    this.#shape = shape;
    this.length = indexes.length;
    this.#timeUs = gather(frame.timeUs, indexes);
    this.#keyIds = gather(frame.keyIds, indexes);
    this.#columns = slots.map(slot => gatherColumn(frame.columns[slot]!, indexes, indexes.length));
  }

  get stream(): string {
    return this.#shape.stream;
  }

  get fields(): readonly string[] {
    return this.#shape.fields;
  }

  get rows(): readonly OutputRow[] {
    this.#rows ??= Array.from({ length: this.length }, (_, row) => this.#row(row));
    return this.#rows;
  }

  #row(row: number): OutputRow {
    const { fields, keys, symbols } = this.#shape;
    const values: [string, Scalar][] = this.#columns.map((column, c) => [fields[c]!, readScalar(column, row, symbols)]);
    return { timeUs: this.#timeUs[row]!, key: keys.values(this.#keyIds[row]!), values: Object.fromEntries(values) };
  }
}

function allInto(indexes: Uint32Array, length: number): number {
  for (let i = 0; i < length; i++) indexes[i] = i;
  return length;
}

/** benchmark: throughput/filter */
function rowsInto(indexes: Uint32Array, length: number, mask: Uint8Array): number {
  let count = 0;
  for (let i = firstOne(mask, 0, length); i < length; i++) if (mask[i] === 1) indexes[count++] = i;
  return count;
}

function gather<A extends Float64Array | Uint32Array>(from: A, indexes: Uint32Array): A {
  const gathered = from.slice(0, indexes.length) as A;
  for (let j = 0; j < indexes.length; j++) gathered[j] = from[indexes[j]!]!;
  return gathered;
}
