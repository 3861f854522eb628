import type { RuleNode } from '../../../dsl/plan.ts';
import { type Column, createColumn, readScalar, type Scalar, type SymbolTable } from '../../batch.ts';
import { assert } from '../../errors.ts';
import type { Frame, Snapshot, View } from '../../operator.ts';
import { copyValue, growColumn, restoreColumn, snapshotColumn } from '../../state/columns.ts';

/** What an alert carries: the values of the key's last row while it is watched, so that a timer can report them too. */
export class LastValues {
  readonly #names: readonly string[];
  readonly #slots: readonly number[];
  readonly #symbols: SymbolTable;
  #columns: Column[];
  #rows: (Column | undefined)[] = []; // of the open frame
  #size = 0;

  constructor(node: RuleNode, view: View, symbols: SymbolTable) {
    this.#names = node.values.map(value => value.name);
    this.#slots = node.values.map(value => {
      const slot = view.slots.get(value.column);
      assert(slot !== undefined, `${node.id} carries ${value.column}, which its input has not`);
      return slot;
    });
    this.#symbols = symbols;
    this.#columns = node.values.map(value => {
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

  keep(keyId: number, row: number): void {
    for (let i = 0; i < this.#columns.length; i++) copyValue(this.#rows[i]!, row, this.#columns[i]!, keyId);
  }

  valuesOf(keyId: number): Readonly<Record<string, Scalar>> {
    return Object.fromEntries(this.#columns.map((c, i) => [this.#names[i]!, readScalar(c, keyId, this.#symbols)]));
  }

  snapshot(): Snapshot {
    return { size: this.#size, columns: this.#columns.map(column => snapshotColumn(column, this.#size)) };
  }

  restore(snapshot: Snapshot): void {
    this.#size = snapshot['size'] as number;
    this.#columns = (snapshot['columns'] as Snapshot[]).map(restoreColumn);
  }
}

function bytesOf(column: Column): number {
  if (column.type === 'string') return 8;
  return column.values.BYTES_PER_ELEMENT;
}
