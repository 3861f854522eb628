import { type Field, SEVERITIES } from '../../../dsl/plan.ts';
import { type Column, createColumn, QUALITY_WORDS, readScalar, type Scalar, type SymbolTable } from '../../batch.ts';
import type { RevisedKeys } from './host-revision.ts';

/** A key as one text: the same wherever it is read. */
export function textOfKey(key: readonly Scalar[]): string {
  return JSON.stringify(key);
}

/** That of the key at one row. */
export function keyTextAt(key: readonly Column[], row: number, symbols: SymbolTable): string {
  return textOfKey(key.map(column => readScalar(column, row, symbols)));
}

/** Keys as columns; symbols come to know their texts. */
export function keyColumns(
  fields: readonly Field[],
  keys: readonly (readonly Scalar[])[],
  symbols: SymbolTable,
): RevisedKeys {
  const columns = fields.map(({ type }, c) => {
    const column = createColumn(type, keys.length);
    keys.forEach((key, row) => writeScalar(column, row, key[c] ?? null, symbols));
    return column;
  });
  return { columns, length: keys.length };
}

function writeScalar(column: Column, row: number, value: Scalar, symbols: SymbolTable): void {
  if (value === null) {
    column.valid ??= new Uint8Array(column.values.length).fill(1);
    column.valid[row] = 0;
    return;
  }
  switch (column.type) {
    case 'symbol':
      column.values[row] = symbols.idOf(String(value));
      return;
    case 'string':
      column.values[row] = String(value);
      return;
    case 'quality':
      column.values[row] = QUALITY_WORDS.indexOf(value as (typeof QUALITY_WORDS)[number]); // as: readScalar gave it
      return;
    case 'severity':
      column.values[row] = SEVERITIES.indexOf(value as (typeof SEVERITIES)[number]);
      return;
    default:
      column.values[row] = Number(value);
  }
}
