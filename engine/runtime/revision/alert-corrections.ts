import { ARRIVAL_CHANGES } from '../../../dsl/plan.ts';
import type { AlertChange } from '../../operator.ts';

/**
 * What is to be told of alerts whose past is another: `before` is what was told of it, `now` what would have been, in order of
 * each alert. What was missed is told at its own time, as historical. What was told wrongly is not withdrawn: a comment says so,
 * an alert that fires and would not is cleared, at `atUs`, and one that was cleared and would not be is told again.
 */
export function alertCorrections(past: {
  readonly before: readonly AlertChange[];
  readonly now: readonly AlertChange[];
  readonly atUs: number;
}): readonly AlertChange[] {
  const before = past.before.filter(isOfEventTime);
  const now = past.now.filter(isOfEventTime);
  const told = new Set(before.map(nameOf));
  const right = new Set(now.map(nameOf));
  const missed = now.filter(change => !told.has(nameOf(change))).map(asHistorical);
  const wrong = Map.groupBy(
    before.filter(change => !right.has(nameOf(change))),
    ({ id }) => id,
  );
  const corrected = [...wrong.values()].flatMap(changes => correctionsOf(changes, now, { before, atUs: past.atUs }));
  return [...missed, ...corrected];
}

function correctionsOf(
  wrong: readonly AlertChange[],
  now: readonly AlertChange[],
  { before, atUs }: { readonly before: readonly AlertChange[]; readonly atUs: number },
): AlertChange[] {
  const { id } = wrong[0]!;
  const last = before.findLast(change => change.id === id)!;
  const isMeant = now.some(change => change.id === id);
  const what = isMeant ? `it would not have ${wrong.map(wordOf).join(', nor ')} then` : 'it would not have been raised';
  const comment: AlertChange = {
    ...withoutProvenance(last),
    change: 'commented',
    timeUs: atUs,
    by: 'millrace',
    comment: `in the light of late events, ${what}`,
  };
  if (last.change === 'cleared') {
    const lastNow = now.findLast(change => change.id === id);
    if (lastNow === undefined || lastNow.change === 'cleared') return [comment];
    return [comment, asHistorical({ ...withoutProvenance(lastNow), change: 'level', timeUs: atUs })]; // it fires all the same
  }
  if (isMeant) return [comment];
  return [comment, asHistorical({ ...withoutProvenance(last), change: 'cleared', timeUs: atUs })];
}

function asHistorical(change: AlertChange): AlertChange {
  return { ...change, state: [...(change.state ?? []), 'historical'] };
}

function withoutProvenance({ provenance: _, ...change }: AlertChange): AlertChange {
  return change;
}

function wordOf({ change, level }: AlertChange): string {
  return change === 'level' ? `become ${level}` : change;
}

/** Of one alert, by what happened to it and when. */
function nameOf({ id, change, level, timeUs }: AlertChange): string {
  return `${id} ${change} ${level} ${timeUs}`;
}

function isOfEventTime({ change }: AlertChange): boolean {
  return !(ARRIVAL_CHANGES as readonly string[]).includes(change);
}
