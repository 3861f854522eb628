import type { Field } from '../../dsl/plan.ts';
import { type Column, readScalar, type Scalar, type SymbolTable } from '../batch.ts';
import type { OutputRow, RowBatch } from '../connector.ts';
import type { Frame, KeyTable } from '../operator.ts';
import { gatherColumn } from '../state/columns.ts';

/** Rows of a frame for the outside: copies of its columns, of which objects are made only when somebody asks for `rows`. */
export class FrameRows implements RowBatch {
  readonly stream: string;
  readonly fields: readonly string[];
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly keyIds: Uint32Array;
  readonly columns: readonly Column[];
  readonly #keys: KeyTable;
  readonly #symbols: SymbolTable;
  #rows: OutputRow[] | undefined;

  constructor(options: {
    readonly stream: string;
    readonly fields: readonly Field[];
    readonly slots: readonly number[];
    readonly frame: Frame;
    readonly mask: Uint8Array | undefined;
    readonly keys: KeyTable;
    readonly symbols: SymbolTable;
  }) {
    const { frame, mask } = options;
    this.stream = options.stream;
    this.fields = options.fields.map(field => field.name);
    this.#keys = options.keys;
    this.#symbols = options.symbols;
    const all = options.slots.map(slot => frame.columns[slot]!);
    const indexes = indexesOf(mask, frame.length);
    this.length = indexes.length;
    this.timeUs = gather(frame.timeUs, indexes);
    this.keyIds = gather(frame.keyIds, indexes);
    this.columns = all.map(column => gatherColumn(column, indexes, indexes.length));
  }

  get rows(): readonly OutputRow[] {
    this.#rows ??= Array.from({ length: this.length }, (_, row) => this.#row(row));
    return this.#rows;
  }

  #row(row: number): OutputRow {
    const values: [string, Scalar][] = this.columns.map((column, c) => [
      this.fields[c]!,
      readScalar(column, row, this.#symbols),
    ]);
    return { timeUs: this.timeUs[row]!, key: this.#keys.values(this.keyIds[row]!), values: Object.fromEntries(values) };
  }
}

/** benchmark: throughput/filter */
function indexesOf(mask: Uint8Array | undefined, length: number): Uint32Array {
  const indexes = new Uint32Array(length);
  if (mask === undefined) return indexes.map((_, i) => i);
  let count = 0;
  for (let i = 0; i < length; i++) {
    indexes[count] = i;
    count += mask[i]!;
  }
  return indexes.slice(0, count);
}

function gather<A extends Float64Array | Uint32Array>(from: A, indexes: Uint32Array): A {
  const gathered = from.slice(0, indexes.length) as A;
  for (let j = 0; j < indexes.length; j++) gathered[j] = from[indexes[j]!]!;
  return gathered;
}
