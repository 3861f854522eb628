import type { Column, Scalar, SymbolTable } from '../../engine/batch.ts';
import { createColumn, QUALITY_WORDS } from '../../engine/batch.ts';
import type { ValueType } from '../../dsl/plan.ts';
import { SERIES_FIELDS, SEVERITIES } from '../../dsl/plan.ts';
import type { RowPart, Series, SinkInput } from '../../engine/connector.ts';

/** A row as plain values, in the order of the series' columns. */
export type PlainRow = {
  readonly timeUs: number;
  readonly key: readonly Scalar[];
  readonly values: readonly Scalar[];
  readonly own?: readonly Scalar[];
};

export function partOf(series: Series, rows: readonly PlainRow[], symbols: SymbolTable): RowPart {
  const ownFields = SERIES_FIELDS[series.kind];
  const column = (type: ValueType, read: (row: PlainRow) => Scalar) => columnOf(type, rows.map(read), symbols);
  return {
    length: rows.length,
    timeUs: Float64Array.from(rows, row => row.timeUs),
    key: series.key.map(({ type }, index) => column(type, row => row.key[index]!)),
    columns: series.fields.map(({ type }, index) => column(type, row => row.values[index]!)),
    ...(rows.some(row => row.own !== undefined)
      ? { own: ownFields.map(({ type }, index) => column(type, row => row.own?.[index] ?? null)) }
      : {}),
  };
}

export function inputOf(series: Series, rows: readonly PlainRow[], symbols: SymbolTable): SinkInput {
  const parts = [partOf(series, rows, symbols)];
  return {
    kind: 'rows',
    batch: { stream: series.stream, fields: [], length: rows.length, rows: [], columnar: { parts, symbols } },
  };
}

function columnOf(type: ValueType, values: readonly Scalar[], symbols: SymbolTable): Column {
  const column = createColumn(type, values.length);
  if (values.includes(null)) column.valid = Uint8Array.from(values, value => (value === null ? 0 : 1));
  values.forEach((value, row) => {
    if (value !== null) column.values[row] = stored(type, value, symbols);
  });
  return column;
}

function stored(type: ValueType, value: string | number | boolean, symbols: SymbolTable): number | string {
  if (type === 'symbol') return symbols.idOf(String(value));
  if (type === 'quality') return (QUALITY_WORDS as readonly string[]).indexOf(String(value));
  if (type === 'severity') return (SEVERITIES as readonly string[]).indexOf(String(value));
  return type === 'string' ? String(value) : Number(value);
}
