import type { Field } from '../../dsl/plan.ts';
import type { Snapshot } from '../operator.ts';
import { waitingColumns } from './waiting-columns.ts';

/** Columns of entries that wait, by their names, so that another version of the rules finds those that it has. */
export function namedEntries(fields: readonly Pick<Field, 'name'>[], columns: readonly Snapshot[]): Snapshot {
  return Object.fromEntries(fields.map(({ name }, c) => [name, columns[c]!]));
}

/** The way back: a column that is not there, or of another type now, is null in all of them. */
export function restoredEntries(
  { entries, named }: Snapshot,
  fields: readonly Field[],
): { readonly entries: Snapshot; readonly columns: readonly Snapshot[] } {
  const stored = entries as Snapshot;
  const { length } = stored['timeUs'] as Float64Array;
  return { entries: stored, columns: waitingColumns(named as Readonly<Record<string, Snapshot>>, fields, length) };
}
