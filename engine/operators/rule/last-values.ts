import type { Field } from '../../../dsl/plan.ts';
import { type Column, createColumn, readScalar, type Scalar, type SymbolTable } from '../../batch.ts';
import { assert } from '../../errors.ts';
import type { Frame, Snapshot, View } from '../../operator.ts';
import {
  asSnapshot,
  columnBytes,
  copyValue,
  gatherColumn,
  growColumn,
  restoreColumn,
  scatterColumn,
} from '../../state/columns.ts';
import { setOwn } from '../../state/set-own.ts';

/** Values of the key's last row while it is watched, such as an alert carries, so that a timer can report them too. */
export class LastValues {
  readonly #names: readonly string[];
  readonly #slots: readonly number[];
  readonly #symbols: SymbolTable;
  readonly #columns: Column[]; // with validity
  #rows: (Column | undefined)[] = []; // of the open frame
  #size = 0;

  constructor(values: readonly (Field & { readonly column: string })[], view: View, symbols: SymbolTable) {
    this.#names = values.map(value => value.name);
    this.#slots = values.map(value => {
      const slot = view.slots.get(value.column);
      assert(slot !== undefined, `a rule keeps ${value.column}, which its input has not`);
      return slot;
    });
    this.#symbols = symbols;
    this.#columns = values.map(value => {
      const column = createColumn(value.type, 0);
      column.valid = new Uint8Array(0);
      return column;
    });
  }

  get bytesPerKey(): number {
    return this.#columns.reduce((bytes, column) => bytes + 1 + bytesOf(column), 0);
  }

  grow(size: number): void {
    if (size <= this.#size) return;
    this.#size = size;
    for (const column of this.#columns) growColumn(column, size);
  }

  open(frame: Frame): void {
    this.#rows = this.#slots.map(slot => frame.columns[slot]);
  }

  keep(slot: number, row: number): void {
    for (let i = 0; i < this.#columns.length; i++) copyValue(this.#rows[i]!, row, this.#columns[i]!, slot);
  }

  /** Whether what is kept is not what the row has. */
  differs(slot: number, row: number): boolean {
    return this.#columns.some((column, i) => !isSame(column, slot, this.#rows[i]!, row));
  }

  /** By slot. */
  columnOf(name: string): Column | undefined {
    return this.#columns[this.#names.indexOf(name)];
  }

  valuesOf(slot: number): Readonly<Record<string, Scalar>> {
    const values: Record<string, Scalar> = {};
    for (let i = 0; i < this.#columns.length; i++) {
      setOwn(values, this.#names[i]!, readScalar(this.#columns[i]!, slot, this.#symbols));
    }
    return values;
  }

  /** In their order. */
  listOf(slot: number): readonly Scalar[] {
    return this.#columns.map(column => readScalar(column, slot, this.#symbols));
  }

  /** By name, so that a rule that carries other values than it did keeps those that it still has. */
  snapshot(slots: Uint32Array): Snapshot {
    const columns = this.#columns.map(column => gatherColumn(column, slots, slots.length));
    return Object.fromEntries(columns.map((column, i) => [this.#names[i]!, asSnapshot(column)]));
  }

  /** The slots are grown to. */
  restore(snapshot: Snapshot, slots: Int32Array): void {
    for (const [i, column] of this.#columns.entries()) {
      const saved = snapshot[this.#names[i]!] as Snapshot | undefined;
      if (saved?.['type'] !== column.type) continue;
      scatterColumn(restoreColumn(saved), slots, column);
    }
  }

  forget(slot: number): void {
    for (const column of this.#columns) {
      column.valid![slot] = 0;
      column.values[slot] = column.type === 'string' ? '' : 0;
    }
  }

  get stateBytes(): number {
    return this.#columns.reduce((bytes, column) => bytes + columnBytes(column), 0);
  }
}

/** Columns of one type. */
function isSame(a: Column, rowOfA: number, b: Column, rowOfB: number): boolean {
  const isThere = a.valid === undefined || a.valid[rowOfA] === 1;
  if (isThere !== (b.valid === undefined || b.valid[rowOfB] === 1)) return false;
  return !isThere || a.values[rowOfA] === b.values[rowOfB];
}

function bytesOf(column: Column): number {
  if (column.type === 'string') return 8;
  return column.values.BYTES_PER_ELEMENT;
}
