import type { Column } from '../../batch.ts';
import type { SnapshotValue } from '../../operator.ts';

/** By id: 1 where something may refer to the symbol. What is not among them can be freed. */
export type SymbolUse = Uint8Array;

/** The symbols of a column's first rows. */
export function markColumn(isUsed: SymbolUse, column: Column, length: number): void {
  if (column.type !== 'symbol') return;
  const end = Math.min(length, column.values.length);
  for (let row = 0; row < end; row++) markId(isUsed, column.values[row]!);
}

/**
 * The symbols that a saved state may refer to: those in its columns of symbols, and, as values of any type lie in arrays
 * of numbers, every number that could be one. So some are kept that nothing refers to; none is freed that something does.
 */
export function markState(isUsed: SymbolUse, state: SnapshotValue): void {
  if (state instanceof Float64Array || state instanceof Uint32Array) {
    for (let i = 0; i < state.length; i++) markId(isUsed, state[i]!);
  } else if (Array.isArray(state)) {
    for (const item of state) markState(isUsed, item);
  } else if (typeof state === 'object' && state !== null && !ArrayBuffer.isView(state)) {
    for (const member of Object.values(state)) markState(isUsed, member);
  }
}

/** What is no place of the array is left out: fractions, negative numbers, times. */
function markId(isUsed: SymbolUse, id: number): void {
  if (id < isUsed.length) isUsed[id] = 1;
}
