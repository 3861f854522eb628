import type { Field } from '../../dsl/plan.ts';
import { createColumn } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import { snapshotColumn } from './columns.ts';

/** A buffer's waiting rows with their columns by name, so that another version of the rules finds those that it has. */
export function namedWaiting(waiting: Snapshot, fields: readonly Field[]): { waiting: Snapshot; named: Snapshot } {
  const { columns, ...rest } = waiting;
  if (columns === null) return { waiting: rest, named: {} };
  const list = columns as readonly Snapshot[];
  return { waiting: rest, named: Object.fromEntries(fields.map(({ name }, c) => [name, list[c]!])) };
}

/** The way back: a column that is not there, or of another type now, is null in all rows. */
export function waitingOf({ waiting, named }: Snapshot, fields: readonly Field[]): Snapshot {
  const rest = waiting as Snapshot;
  const { length } = rest['timeUs'] as Float64Array;
  if (length === 0) return { ...rest, columns: null };
  return { ...rest, columns: waitingColumns(named as Readonly<Record<string, Snapshot>>, fields, length) };
}

/** Columns of so many waiting rows, by their names. */
export function waitingColumns(
  named: Readonly<Record<string, Snapshot>>,
  fields: readonly Field[],
  length: number,
): Snapshot[] {
  return fields.map(({ name, type }) => {
    const column = Object.hasOwn(named, name) ? named[name]! : undefined;
    return column?.['type'] === type ? column : nullColumn(type, length);
  });
}

function nullColumn(type: Field['type'], length: number): Snapshot {
  const column = createColumn(type, length);
  column.valid = new Uint8Array(length);
  return snapshotColumn(column, length);
}
