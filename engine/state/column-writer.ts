import type { Column } from '../batch.ts';
import { assert } from '../errors.ts';

/** Writes a result; one that is not finite is null, as in every expression. */
export function writeNumber(output: Column, row: number, value: number): void {
  assert(output.type !== 'string', 'a number goes into a column of numbers');
  if (!Number.isFinite(value)) {
    writeNull(output, row);
    return;
  }
  output.values[row] = value;
  if (output.valid !== undefined) output.valid[row] = 1;
}

/** Writes a value of the column's own kind: text into strings, numbers (ids and bytes too) into all others. */
export function writeValue(output: Column, row: number, value: number | string): void {
  if (typeof value === 'number') {
    writeNumber(output, row, value);
    return;
  }
  assert(output.type === 'string', 'text goes into a column of strings');
  output.values[row] = value;
  if (output.valid !== undefined) output.valid[row] = 1;
}

/** Makes the validity bytes where the column had none. */
export function writeNull(output: Column, row: number): void {
  output.valid ??= new Uint8Array(output.values.length).fill(1);
  output.valid[row] = 0;
}
