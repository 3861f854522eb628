import type { Column } from '../batch.ts';

/** Of a column of qualities: whether the row's is there, and good. */
export function isGood({ values, valid }: Column, row: number): boolean {
  return values[row] === 0 && (valid === undefined || valid[row] === 1);
}
