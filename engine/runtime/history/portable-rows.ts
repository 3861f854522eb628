import { type Column, createColumn, type SymbolTable } from '../../batch.ts';
import type { ColumnarRows, RowPart, Series } from '../../connector.ts';

/** Rows of one series for another thread: symbols are texts. */
export type PortableRows = { readonly series: Series; readonly parts: readonly PortablePart[] };

export type PortablePart = Omit<RowPart, 'key' | 'columns' | 'own'> & {
  readonly key: readonly PortableColumn[];
  readonly columns: readonly PortableColumn[];
  readonly own?: readonly PortableColumn[];
};

type PortableColumn =
  | Exclude<Column, { readonly type: 'symbol' }>
  | { readonly type: 'texts'; readonly values: readonly string[]; readonly valid: Uint8Array | undefined };

export function portableRows(series: Series, { parts, symbols }: ColumnarRows): PortableRows {
  const portable = (columns: readonly Column[]) => columns.map(column => portableColumn(column, symbols));
  return {
    series,
    parts: parts.map(({ length, timeUs, key, columns, own }) => ({
      length,
      timeUs,
      key: portable(key),
      columns: portable(columns),
      ...(own === undefined ? {} : { own: portable(own) }),
    })),
  };
}

/** The rows again, with symbols of the table. */
export function rowPart({ length, timeUs, key, columns, own }: PortablePart, symbols: SymbolTable): RowPart {
  const read = (portable: readonly PortableColumn[]) => portable.map(column => columnOf(column, length, symbols));
  return {
    length,
    timeUs,
    key: read(key),
    columns: read(columns),
    ...(own === undefined ? {} : { own: read(own) }),
  };
}

function portableColumn(column: Column, symbols: SymbolTable): PortableColumn {
  if (column.type !== 'symbol') return column;
  const { values, valid } = column;
  const texts = Array.from(values, (id, row) => (valid?.[row] === 0 ? '' : symbols.textOf(id)));
  return { type: 'texts', values: texts, valid };
}

function columnOf(column: PortableColumn, length: number, symbols: SymbolTable): Column {
  if (column.type !== 'texts') return column;
  const made = createColumn('symbol', length);
  for (let row = 0; row < length; row++) {
    if (column.valid?.[row] !== 0) made.values[row] = symbols.idOf(column.values[row]!);
  }
  made.valid = column.valid;
  return made;
}
