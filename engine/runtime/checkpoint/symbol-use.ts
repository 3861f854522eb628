import type { Column } from '../../batch.ts';
import type { SnapshotValue } from '../../operator.ts';

/** By id: 1 where something may refer to the symbol. What is not among them can be freed. */
export type SymbolUse = Uint8Array;

/** The symbols of a column's first rows. */
export function markColumn(isUsed: SymbolUse, column: Column, length: number): void {
  if (column.type === 'symbol') markIds(isUsed, column.values, length);
}

/**
 * The symbols that a saved state may refer to: those in its columns of symbols, and, as values of any type lie in arrays
 * of numbers, every number that could be one. So some are kept that nothing refers to; none is freed that something does.
 */
export function markState(isUsed: SymbolUse, state: SnapshotValue): void {
  if (state instanceof Uint32Array) {
    markIds(isUsed, state, state.length);
  } else if (state instanceof Float64Array) {
    markNumbers(isUsed, state);
  } else if (Array.isArray(state)) {
    for (const item of state) markState(isUsed, item);
  } else if (typeof state === 'object' && state !== null && !ArrayBuffer.isView(state)) {
    for (const member of Object.values(state)) markState(isUsed, member);
  }
}

/** One loop for each type of array, as in gather.ts. benchmark: recovery */
function markIds(isUsed: SymbolUse, ids: Uint32Array, length: number): void {
  const count = isUsed.length;
  const end = Math.min(length, ids.length); // of a column that was given away: none
  for (let i = 0; i < end; i++) {
    const id = ids[i]!;
    if (id < count) isUsed[id] = 1;
  }
}

/** What is no place of the array is left out: fractions, negative numbers, times. */
function markNumbers(isUsed: SymbolUse, numbers: Float64Array): void {
  const count = isUsed.length;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    if (!(number >= 0 && number < count)) continue;
    const id = number | 0; // never as a fraction: that is a property's name, and takes 100 ns
    if (id === number) isUsed[id] = 1;
  }
}
