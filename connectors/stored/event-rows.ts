import { type Column, createColumn } from '../../engine/batch.ts';
import { gatherColumn } from '../../engine/state/columns.ts';
import { gatherFloat64, gatherUint32, gatherUint8 } from '../../engine/state/gather.ts';

/** Events of a stored stream, as columns of equal length. */
export type EventRows = {
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly arrivalUs: Float64Array;
  /** Which events they are: symbols, sequences of messages, places in these. */
  readonly source: Uint32Array;
  readonly sequence: Float64Array;
  readonly item: Float64Array;
  /** 1 where it was behind the watermark of its key. */
  readonly isLate: Uint8Array;
  /** Those of the source's needed fields, in their order. */
  readonly columns: readonly Column[];
};

/** All of them, one after the other. There is at least one part. */
export function joinedRows(parts: readonly EventRows[]): EventRows {
  if (parts.length === 1) return parts[0]!;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return {
    length,
    timeUs: joined(
      new Float64Array(length),
      parts.map(part => part.timeUs),
    ),
    arrivalUs: joined(
      new Float64Array(length),
      parts.map(part => part.arrivalUs),
    ),
    source: joined(
      new Uint32Array(length),
      parts.map(part => part.source),
    ),
    sequence: joined(
      new Float64Array(length),
      parts.map(part => part.sequence),
    ),
    item: joined(
      new Float64Array(length),
      parts.map(part => part.item),
    ),
    isLate: joined(
      new Uint8Array(length),
      parts.map(part => part.isLate),
    ),
    columns: parts[0]!.columns.map(({ type }, c) => joinedColumn(type, length, parts, c)),
  };
}

/** Those at these places, in the order of the places. */
export function pickedRows(rows: EventRows, places: Uint32Array): EventRows {
  return {
    length: places.length,
    timeUs: gatherFloat64(rows.timeUs, places),
    arrivalUs: gatherFloat64(rows.arrivalUs, places),
    source: gatherUint32(rows.source, places),
    sequence: gatherFloat64(rows.sequence, places),
    item: gatherFloat64(rows.item, places),
    isLate: gatherUint8(rows.isLate, places),
    columns: rows.columns.map(column => gatherColumn(column, places, places.length)),
  };
}

/** A copy of rows from … to − 1 of a column. */
export function columnSlice(column: Column, from: number, to: number): Column {
  const valid = column.valid?.slice(from, to);
  return { type: column.type, values: column.values.slice(from, to), valid } as Column; // as: of the same type
}

function joined<Values extends Float64Array | Uint32Array | Uint8Array>(
  into: Values,
  parts: readonly Values[],
): Values {
  let at = 0;
  for (const part of parts) {
    into.set(part, at);
    at += part.length;
  }
  return into;
}

function joinedColumn(type: Column['type'], length: number, parts: readonly EventRows[], c: number): Column {
  const column = createColumn(type, length);
  const hasNull = parts.some(part => part.columns[c]!.valid !== undefined);
  if (hasNull) column.valid = new Uint8Array(length).fill(1);
  let at = 0;
  for (const { length: rows, columns } of parts) {
    const { values, valid } = columns[c]!;
    if (column.type === 'string') for (let row = 0; row < rows; row++) column.values[at + row] = values[row] as string;
    else column.values.set(values as Float64Array, at); // as: numbers of one kind
    if (valid !== undefined) column.valid!.set(valid, at);
    at += rows;
  }
  return column;
}
