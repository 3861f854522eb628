import type { EventBatch, SymbolTable } from '../../engine/batch.ts';

export type KeyedReading = { readonly key: string; readonly timeUs: number; readonly isGood: boolean };

/** Events of the stream `s`: their key, these numbers, and their quality; they arrive when they are. */
export function readingBatch<R extends KeyedReading>(
  list: readonly R[],
  numbers: readonly ((reading: R) => number | null)[],
  symbols: SymbolTable,
): EventBatch {
  return {
    stream: 's',
    length: list.length,
    timeUs: Float64Array.from(list, ({ timeUs }) => timeUs),
    arrivalUs: Float64Array.from(list, ({ timeUs }) => timeUs),
    columns: [
      { type: 'symbol', values: Uint32Array.from(list, ({ key }) => symbols.idOf(key)), valid: undefined },
      ...numbers.map(value => ({
        type: 'float' as const,
        values: Float64Array.from(list, each => value(each) ?? Number.NaN),
        valid: Uint8Array.from(list, each => (value(each) === null ? 0 : 1)),
      })),
      { type: 'quality', values: Uint8Array.from(list, ({ isGood }) => (isGood ? 0 : 2)), valid: undefined },
    ],
    rejected: [],
  };
}
