import { type Column, createColumn, NO_SYMBOL, type Rejection, type SymbolTable } from '../batch.ts';

/** The keys of messages that are no events, in order of arrival: a row each. */
export type KeysHeard = { readonly arrivalUs: Float64Array; readonly columns: readonly Column[] };

/** The key's fields, and columns of their types. */
export type KeyColumns = { readonly fields: readonly string[]; readonly columns: readonly Column[] };

/** Of rejected messages, where the key was read, and is a key that an event could have; by `nowUs` they have arrived. */
export function keysHeard(
  key: KeyColumns,
  { rejected, nowUs }: { readonly rejected: readonly Rejection[]; readonly nowUs: number },
  symbols: SymbolTable,
): KeysHeard {
  const columns = key.columns.map(({ type }) => createColumn(type, rejected.length));
  const arrivalUs = new Float64Array(rejected.length);
  let length = 0;
  for (const rejection of rejected.toSorted((a, b) => a.arrivalUs - b.arrivalUs)) {
    if (key.fields.some((name, i) => !put(columns[i]!, length, rejection.key?.[name], symbols))) continue;
    arrivalUs[length++] = Math.min(rejection.arrivalUs, nowUs);
  }
  return { arrivalUs: arrivalUs.subarray(0, length), columns };
}

/** False where it is no value of a key. */
function put(column: Column, row: number, value: unknown, symbols: SymbolTable): boolean {
  switch (column.type) {
    case 'symbol': {
      if (typeof value !== 'string') return false;
      const id = symbols.admit(value);
      column.values[row] = id;
      return id !== NO_SYMBOL;
    }
    case 'string':
      if (typeof value !== 'string') return false;
      column.values[row] = value;
      return true;
    case 'bool':
      if (typeof value !== 'boolean') return false;
      column.values[row] = value ? 1 : 0;
      return true;
    default:
      if (typeof value !== 'number') return false;
      column.values[row] = value;
      return true;
  }
}
