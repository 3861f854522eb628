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

/** All of its values so far are none. */
export function admitNulls(column: Column): void {
  column.valid ??= new Uint8Array(column.values.length).fill(1);
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

/** Rows of one column, and of another one: the i-th goes to the i-th. */
export type Places = { readonly from: Uint32Array; readonly to: Uint32Array; readonly length: number };

/** The same while it is written. */
export type NotedRows = { from: Uint32Array; to: Uint32Array; length: number };

export function noRows(): NotedRows {
  return { from: new Uint32Array(0), to: new Uint32Array(0), length: 0 };
}

export function note(rows: NotedRows, from: number, to: number): void {
  if (rows.from.length === rows.length) {
    rows.from = growUint32(rows.from, rows.length + 1);
    rows.to = growUint32(rows.to, rows.length + 1);
  }
  rows.from[rows.length] = from;
  rows.to[rows.length++] = to;
}

/**
 * Copies values, nulls included; a column that is not there is null. As `copyValue`, and a loop for each type of array: see
 * gather.ts.
 */
export function moveValues(column: Column | undefined, to: Column, places: Places): void {
  if (column === undefined) return fillUint8(0, to.valid!, places);
  const { values, valid } = column;
  if (values instanceof Float64Array)
    moveFloat64(values, to.values as Float64Array, places); // as: of one type
  else if (values instanceof Uint32Array) moveUint32(values, to.values as Uint32Array, places);
  else if (values instanceof Uint8Array) moveUint8(values, to.values as Uint8Array, places);
  else for (let i = 0; i < places.length; i++) to.values[places.to[i]!] = values[places.from[i]!]!;
  if (to.valid === undefined) return;
  if (valid === undefined) fillUint8(1, to.valid, places);
  else moveUint8(valid, to.valid, places);
}

/** `into` may be `values` where no row goes behind one that is still to be moved; as may the others'. */
export function moveFloat64(values: Float64Array, into: Float64Array, { from, to, length }: Places): void {
  for (let i = 0; i < length; i++) into[to[i]!] = values[from[i]!]!;
}

export function moveUint32(values: Uint32Array, into: Uint32Array, { from, to, length }: Places): void {
  for (let i = 0; i < length; i++) into[to[i]!] = values[from[i]!]!;
}

export function moveInt32(values: Int32Array, into: Int32Array, { from, to, length }: Places): void {
  for (let i = 0; i < length; i++) into[to[i]!] = values[from[i]!]!;
}

function moveUint8(values: Uint8Array, into: Uint8Array, { from, to, length }: Places): void {
  for (let i = 0; i < length; i++) into[to[i]!] = values[from[i]!]!;
}

function fillUint8(value: number, into: Uint8Array, { to, length }: Places): void {
  for (let i = 0; i < length; i++) into[to[i]!] = value;
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
