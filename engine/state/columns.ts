import { type Column, createColumn } from '../batch.ts';
import type { Snapshot, SnapshotValue } from '../operator.ts';
import { gatherFloat64, gatherUint8, gatherUint32 } from './gather.ts';
import { growFloat64, growUint8, growUint32 } from './growable.ts';

/** Makes room for `length` rows, values and validity; what was there stays. */
export function growColumn(column: Column, length: number): void {
  switch (column.type) {
    case 'string':
      while (column.values.length < length) column.values.push('');
      break;
    case 'symbol':
      column.values = growUint32(column.values, length);
      break;
    case 'bool':
    case 'quality':
    case 'severity':
      column.values = growUint8(column.values, length);
      break;
    default:
      column.values = growFloat64(column.values, length);
  }
  if (column.valid !== undefined) column.valid = growUint8(column.valid, length);
}

/** A column of the same type without rows that can hold nulls. */
export function emptyLike(column: Column | undefined): Column {
  const empty = createColumn(column?.type ?? 'float', 0);
  empty.valid = new Uint8Array(0);
  return empty;
}

/** Copies one value, null included. `to` has room for it, and `valid` if `from` can be null. */
export function copyValue(from: Column, fromRow: number, to: Column, toRow: number): void {
  to.values[toRow] = from.values[fromRow]!;
  if (to.valid !== undefined) to.valid[toRow] = from.valid === undefined ? 1 : from.valid[fromRow]!;
}

/** The same of a column that may not be there, which is null. */
export function copyOrVoid(from: Column | undefined, fromRow: number, to: Column, toRow: number): void {
  if (from === undefined) to.valid![toRow] = 0;
  else copyValue(from, fromRow, to, toRow);
}

/** Row i goes to row `rows[i]` of a column that has room for it; −1: it is left out. */
export function scatterColumn(from: Column, rows: Int32Array, to: Column): void {
  for (let i = 0; i < rows.length; i++) if (rows[i]! >= 0) copyValue(from, i, to, rows[i]!);
}

/** The values at `rows[0 … length-1]` as a column of their own. */
export function gatherColumn(column: Column, rows: Uint32Array, length: number): Column {
  const places = rows.length === length ? rows : rows.subarray(0, length);
  const valid = column.valid === undefined ? undefined : gatherUint8(column.valid, places);
  switch (column.type) {
    case 'string':
      return { type: column.type, values: Array.from(places, place => column.values[place]!), valid };
    case 'symbol':
      return { type: column.type, values: gatherUint32(column.values, places), valid };
    case 'bool':
    case 'quality':
    case 'severity':
      return { type: column.type, values: gatherUint8(column.values, places), valid };
    default:
      return { type: column.type, values: gatherFloat64(column.values, places), valid };
  }
}

/** The first `length` rows as a column of their own. */
export function copyColumn({ type, values, valid }: Column, length: number): Column {
  return { type, values: values.slice(0, length), valid: valid?.slice(0, length) } as Column; // as: values are of their type
}

/** Rows start … end−1; of numbers the same memory. */
export function sliceColumn(column: Column, start: number, end: number): Column {
  const valid = column.valid?.subarray(start, end);
  if (column.type === 'string') return { type: column.type, values: column.values.slice(start, end), valid };
  return { type: column.type, values: column.values.subarray(start, end), valid } as Column;
}

/** The first values as a column of their own. */
export function copyColumn({ type, values, valid }: Column, length: number): Column {
  return { type, values: values.slice(0, length), valid: valid?.slice(0, length) } as Column; // as: of the same type
}

/** Of a column that nobody else has: not copied. */
export function asSnapshot({ type, values, valid }: Column): Snapshot {
  return { type, values: values as SnapshotValue, valid: valid ?? null }; // as: arrays are
}

export function snapshotColumn(column: Column, length: number): Snapshot {
  return {
    type: column.type,
    values: column.values.slice(0, length) as SnapshotValue,
    valid: column.valid === undefined ? null : column.valid.slice(0, length),
  };
}

export function restoreColumn(snapshot: Snapshot): Column {
  const column = createColumn(snapshot['type'] as Column['type'], 0);
  column.values = (snapshot['values'] as unknown as { slice(): never }).slice();
  column.valid = snapshot['valid'] === null ? undefined : (snapshot['valid'] as Uint8Array).slice();
  return column;
}

/** What a column takes; of texts an estimate, as they are of any length. */
export function columnBytes(column: Column): number {
  const valueBytes = column.type === 'string' ? column.values.length * TEXT_BYTES : column.values.byteLength;
  return valueBytes + (column.valid?.byteLength ?? 0);
}

/** Its place in an array, its header and a few characters. */
export const TEXT_BYTES = 48;
