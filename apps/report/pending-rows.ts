import { type Column, readScalar, type Scalar, type SymbolTable } from '../../engine/batch.ts';
import type { RowBatch, RowPart } from '../../engine/connector.ts';
import { keyText } from './key-text.ts';

/** Rows of one stream, with nothing in them that its owner may use again. */
export type PendingRows<Key> = {
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly keys: readonly Key[]; // by row
  /** By field; NaN is null. */
  readonly columns: readonly Float64Array[];
};

export type RowKey = { readonly keyText: string; readonly key: Readonly<Record<string, Scalar>> };

/** Numbers and truths of a batch; `take` is asked once for each key in each part. */
export function pendingRows<Key>(batch: RowBatch, take: (key: RowKey) => Key): PendingRows<Key>[] {
  const { columnar, fields } = batch;
  if (columnar === undefined) return batch.length === 0 ? [] : [ofRows(batch, take)];
  const { parts, symbols } = columnar;
  return parts.map(part => {
    const names = fields.slice(0, part.key.length).map(({ name }) => name);
    return {
      length: part.length,
      timeUs: part.timeUs.slice(0, part.length),
      keys: keysOf(part, { names, symbols, take }),
      columns: part.columns.map(column => numbersOf(column, part.length)),
    };
  });
}

function ofRows<Key>({ rows, fields, length }: RowBatch, take: (key: RowKey) => Key): PendingRows<Key> {
  const known = new Map<string, Key>();
  const keyCount = Object.keys(rows[0]!.key).length;
  return {
    length,
    timeUs: Float64Array.from(rows, row => row.timeUs),
    keys: rows.map(({ key }) => keyFor({ keyText: keyText(key), key }, known, take)),
    columns: fields
      .slice(keyCount)
      .map(({ name }) => Float64Array.from(rows, ({ values }) => numberOf(values[name] ?? null))),
  };
}

function keysOf<Key>(
  part: RowPart,
  {
    names,
    symbols,
    take,
  }: { readonly names: readonly string[]; readonly symbols: SymbolTable; readonly take: (key: RowKey) => Key },
): Key[] {
  const known = new Map<string, Key>();
  const bySymbol = new Map<number, Key>(); // of keys of one symbol, which most are
  const [first] = part.key;
  const symbolIds =
    part.key.length === 1 && first!.type === 'symbol' && first!.valid === undefined ? first!.values : null;
  return Array.from({ length: part.length }, (_, row) => {
    const symbol = symbolIds?.[row];
    const sameSymbol = symbol === undefined ? undefined : bySymbol.get(symbol);
    if (sameSymbol !== undefined) return sameSymbol;
    const key = Object.fromEntries(part.key.map((column, at) => [names[at]!, readScalar(column, row, symbols)]));
    const found = keyFor({ keyText: keyText(key), key }, known, take);
    if (symbol !== undefined) bySymbol.set(symbol, found);
    return found;
  });
}

function keyFor<Key>(key: RowKey, known: Map<string, Key>, take: (key: RowKey) => Key): Key {
  const found = known.get(key.keyText) ?? take(key);
  known.set(key.keyText, found);
  return found;
}

function numbersOf({ values, valid }: Column, length: number): Float64Array {
  return Float64Array.from({ length }, (_, row) => {
    const value = values[row];
    return (valid === undefined || valid[row] === 1) && typeof value === 'number' ? value : NaN;
  });
}

function numberOf(value: Scalar): number {
  return typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : NaN;
}
