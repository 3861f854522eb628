import { readScalar, type EventBatch, type Scalar, type SymbolTable } from '../../engine/batch.ts';

/** What became of one event, in the order of the input. */
export type Outcome =
  | { readonly kind: 'row'; readonly timeUs: number; readonly values: readonly Scalar[] }
  | { readonly kind: 'rejected'; readonly code: string };

export function outcomesOf(batch: EventBatch, symbols: SymbolTable): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  let next = 0;
  for (let row = 0; row <= batch.length; row++) {
    for (; batch.rejected[next]?.atIndex === row; next++) {
      outcomes.push({ kind: 'rejected', code: batch.rejected[next]!.code });
    }
    if (row === batch.length) break;
    const values = batch.columns.map(column => readScalar(column, row, symbols));
    outcomes.push({ kind: 'row', timeUs: batch.timeUs[row]!, values });
  }
  return outcomes;
}
