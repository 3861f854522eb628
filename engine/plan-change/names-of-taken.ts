import type { SourceNode } from '../../dsl/plan.ts';
import { TAKEN, TAKEN_TIME, takenField } from '../state/taken-parts.ts';

/** A source, and what a field of it means: two plans can be compared by it. */
type Side = { readonly source: SourceNode; meaningOf(field: string): number };

/**
 * From the names of the parts of what `unique` remembers to the stored ones. None, where other fields are to be equal now:
 * of these, nothing is known.
 */
export function namesOfTaken({
  stored,
  next,
}: {
  readonly stored: Side;
  readonly next: Side;
}): readonly (readonly [name: string, stored: string])[] {
  const before = stored.source.unique;
  const now = next.source.unique;
  if (before === undefined || now === undefined || before.isOfTime !== now.isOfTime) return [];
  const left = before.fields.map(name => ({ name, meaning: stored.meaningOf(name) }));
  const names = [[TAKEN, TAKEN], ...(now.isOfTime ? [[TAKEN_TIME, TAKEN_TIME]] : [])] as [string, string][]; // as: pairs
  for (const name of now.fields) {
    const at = left.findIndex(({ meaning }) => meaning === next.meaningOf(name));
    if (at < 0) return [];
    names.push([takenField(name), takenField(left.splice(at, 1)[0]!.name)]);
  }
  return left.length === 0 ? names : [];
}
