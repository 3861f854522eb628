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

export type RowKey = { readonly keyText: string; readonly key: () => Readonly<Record<string, Scalar>> };

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
    keys: rows.map(({ key }) => keyFor({ keyText: keyText(key), key: () => key }, known, take)),
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
  const [first] = part.key;
  if (part.key.length === 1 && first!.type === 'symbol' && first!.valid === undefined) {
    return keysOfSymbols(first!.values.subarray(0, part.length), { name: names[0]!, symbols, take });
  }
  const known = new Map<string, Key>();
  return Array.from({ length: part.length }, (_, row) => {
    const key = Object.fromEntries(part.key.map((column, at) => [names[at]!, readScalar(column, row, symbols)]));
    return keyFor({ keyText: keyText(key), key: () => key }, known, take);
  });
}

/** Of keys of one symbol, as most are. */
function keysOfSymbols<Key>(
  ids: Uint32Array,
  {
    name,
    symbols,
    take,
  }: { readonly name: string; readonly symbols: SymbolTable; readonly take: (key: RowKey) => Key },
): Key[] {
  const known = new Map<number, Key>();
  const keys: Key[] = [];
  for (const id of ids) {
    let key = known.get(id);
    if (key === undefined) {
      const text = symbols.textOf(id);
      key = take({ keyText: text, key: () => ({ [name]: text }) });
      known.set(id, key);
    }
    keys.push(key);
  }
  return keys;
}

function keyFor<Key>(key: RowKey, known: Map<string, Key>, take: (key: RowKey) => Key): Key {
  const found = known.get(key.keyText) ?? take(key);
  known.set(key.keyText, found);
  return found;
}

function numbersOf({ values, valid }: Column, length: number): Float64Array {
  const numbers = new Float64Array(length).fill(NaN);
  for (let row = 0; row < length; row++) {
    const value = values[row];
    if ((valid === undefined || valid[row] === 1) && typeof value === 'number') numbers[row] = value;
  }
  return numbers;
}

function numberOf(value: Scalar): number {
  return typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : NaN;
}
