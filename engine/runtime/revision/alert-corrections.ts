import { ARRIVAL_CHANGES, SEVERITIES, type Severity } from '../../../dsl/plan.ts';
import type { AlertChange } from '../../operator.ts';

/**
 * What is to be told of alerts whose past is another: `before` is what was told of it, `now` what would have been, both in order.
 * An alert that was missed is told change by change, each at its own time, as historical. One that was told is not withdrawn: a
 * comment says what would have been otherwise, and if it is not as it was told last, a change brings it there. So who takes
 * changes as they come knows in the end which alerts fire. `atUs`: how far time has come.
 */
export function alertCorrections(past: {
  readonly before: readonly AlertChange[];
  readonly now: readonly AlertChange[];
  /** By the id of an alert: the level that `escalate` has brought it to, from which it does not fall. */
  readonly escalated: ReadonlyMap<string, Severity>;
  readonly atUs: number;
}): readonly AlertChange[] {
  const before = Map.groupBy(past.before.filter(isOfEventTime), ({ id }) => id);
  const now = Map.groupBy(past.now.filter(isOfEventTime), ({ id }) => id);
  const missed = [...now].flatMap(([id, changes]) => (before.has(id) ? [] : changes.map(asHistorical)));
  const corrected = [...before].flatMap(([id, told]) =>
    correctionsOf(told, now.get(id) ?? [], { atUs: past.atUs, least: past.escalated.get(id) ?? 'info' }),
  );
  return [...missed, ...corrected];
}

/** Of one alert that was told. */
function correctionsOf(
  told: readonly AlertChange[],
  now: readonly AlertChange[],
  { atUs, least }: { readonly atUs: number; readonly least: Severity },
): AlertChange[] {
  const last = atLeast(least, told.at(-1)!);
  const lastNow = now.length === 0 ? undefined : atLeast(least, now.at(-1)!);
  if (lastNow === undefined) {
    const comment = commentOn(last, 'it would not have been raised', atUs);
    return last.change === 'cleared' ? [comment] : [comment, asHistorical(changeOf(last, 'cleared', atUs))];
  }
  const missing = now.filter(change => !told.some(other => isSame(change, other)));
  const wrong = told.filter(change => !now.some(other => isSame(change, other)));
  if (missing.length + wrong.length === 0) return [];
  const what = [...missing.map(change => `it would have ${wordsOf(change)}`), ...wrong.map(notAs)].join(', ');
  const comment = commentOn(last, what, atUs);
  const [wasOver, isOver] = [last, lastNow].map(({ change }) => change === 'cleared');
  if (wasOver === isOver && (isOver || last.level === lastNow.level)) return [comment];
  return [comment, asHistorical(isOver ? lastNow : changeOf(lastNow, 'level', atUs))];
}

function atLeast(least: Severity, change: AlertChange): AlertChange {
  return SEVERITIES.indexOf(change.level) < SEVERITIES.indexOf(least) ? { ...change, level: least } : change;
}

function commentOn(last: AlertChange, what: string, atUs: number): AlertChange {
  return {
    ...changeOf(last, 'commented', atUs),
    by: 'millrace',
    comment: `in the light of late events, ${what}`,
  };
}

function changeOf({ provenance: _, ...last }: AlertChange, change: AlertChange['change'], timeUs: number): AlertChange {
  return { ...last, change, timeUs };
}

function asHistorical(change: AlertChange): AlertChange {
  return { ...change, state: [...(change.state ?? []), 'historical'] };
}

function notAs(change: AlertChange): string {
  return `it would not have ${wordsOf(change)}`;
}

function wordsOf({ change, level, timeUs }: AlertChange): string {
  const at = new Date(timeUs / 1_000).toISOString();
  return change === 'level' ? `become ${level} at ${at}` : `${change} at ${at}`;
}

function isSame(a: AlertChange, b: AlertChange): boolean {
  return a.change === b.change && a.level === b.level && a.timeUs === b.timeUs;
}

function isOfEventTime({ change }: AlertChange): boolean {
  return !(ARRIVAL_CHANGES as readonly string[]).includes(change);
}
