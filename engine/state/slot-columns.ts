import type { Column } from '../batch.ts';
import {
  admitNulls,
  columnBytes,
  copyColumn,
  copyOrVoid,
  emptyLike,
  gatherColumn,
  growColumn,
  moveValues,
  type Places,
} from './columns.ts';

/** Values of rows that wait, by slot. A column has no `valid` until there is a null in it, so that what reads it asks for none. */
export class SlotColumns {
  /** Undefined: there has been no row. */
  columns: Column[] | undefined;
  #shown: Column[] = [];

  get bytes(): number {
    return [...(this.columns ?? []), ...this.#shown].reduce((bytes, column) => bytes + columnBytes(column), 0);
  }

  /** Copies one row; there are to be `capacity` slots. */
  add(from: readonly (Column | undefined)[], row: number, slot: number, capacity: number): void {
    this.#provide(from, capacity).forEach((column, c) => {
      const isNull = from[c] === undefined || from[c].valid?.[row] === 0;
      if (isNull) admitNulls(column);
      copyOrVoid(from[c], row, column, slot);
    });
  }

  /** Copies rows of a batch, in their order, into the slots from this one on. Benchmark: throughput/tumbling-lateness */
  addRows(
    from: readonly (Column | undefined)[],
    { rows, length }: { readonly rows: Uint32Array; readonly length: number },
    slot: number,
    capacity: number,
  ): void {
    const lastRow = rows[length - 1]!;
    const isRun = lastRow === rows[0]! + length - 1;
    this.#provide(from, capacity).forEach((column, c) => {
      if (from[c]?.valid !== undefined || from[c] === undefined) admitNulls(column);
      const isGathered = from[c] !== undefined && !isRun;
      const values = isGathered ? gatherColumn(from[c]!, rows, length) : from[c];
      copyRun(values, { start: isGathered ? 0 : rows[0]!, length }, column, slot);
    });
  }

  /** The columns of a frame of so many entries, with the values that go there; these arrays are used again for the next frame. */
  show(taken: Places, length: number): Column[] {
    const columns = this.columns!; // rows that are taken have been added
    while (this.#shown.length < columns.length) this.#shown.push(emptyLike(columns[this.#shown.length]));
    columns.forEach((column, c) => {
      const shown = this.#shown[c]!;
      shown.valid = column.valid === undefined ? undefined : (shown.valid ?? new Uint8Array(0));
      growColumn(shown, length);
      moveValues(column, shown, taken);
    });
    return this.#shown.slice();
  }

  /** Rows go to other slots. `isRising`: none goes behind one that comes after it. */
  move(places: Places, isRising: boolean): void {
    for (const column of this.columns ?? [])
      moveValues(isRising ? column : copyColumn(column, column.values.length), column, places);
  }

  #provide(like: readonly (Column | undefined)[], capacity: number): Column[] {
    this.columns ??= like.map(column => Object.assign(emptyLike(column), { valid: undefined }));
    for (const column of this.columns) growColumn(column, capacity);
    return this.columns;
  }
}

function copyRun(
  from: Column | undefined,
  { start, length }: { readonly start: number; readonly length: number },
  to: Column,
  slot: number,
): void {
  if (from === undefined) {
    to.valid!.fill(0, slot, slot + length);
    return;
  }
  const end = start + length;
  if (from.type === 'string') for (let i = 0; i < length; i++) to.values[slot + i] = from.values[start + i]!;
  else (to.values as Float64Array).set(from.values.subarray(start, end), slot); // as: both are of one type
  if (from.valid !== undefined) to.valid!.set(from.valid.subarray(start, end), slot);
  else to.valid?.fill(1, slot, slot + length);
}
