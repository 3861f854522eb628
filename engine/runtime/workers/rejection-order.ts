import type { Rejection } from '../../batch.ts';
import { compareTexts } from '../../compare-texts.ts';
import type { DoneMessage } from './worker-protocol.ts';

type Refused = Pick<DoneMessage, 'rejected' | 'rejectedInLanes'>;

/**
 * What the workers refused in one round, by (arrival, stream, event time, key, identity). An event that was refused where it is
 * handled by key and in a lane is told once. Only one of the two may refuse it: a key may be forgotten here and pending
 * there.
 */
export function rejectionsOf(answers: readonly Refused[]): Rejection[] {
  const byKey = answers.flatMap(answer => answer.rejected).map(withName);
  const inLanes = answers.flatMap(answer => answer.rejectedInLanes).map(withName);
  const told = new Map<string, number>();
  for (const { name } of byKey) told.set(name, (told.get(name) ?? 0) + 1);
  const onlyInLanes = inLanes.filter(({ name }) => {
    const count = told.get(name) ?? 0;
    told.set(name, count - 1);
    return count <= 0;
  });
  const all = [...byKey, ...onlyInLanes];
  all.sort((a, b) => a.rejection.arrivalUs - b.rejection.arrivalUs || compareTexts(a.name, b.name)); // stable
  return all.map(({ rejection }) => rejection);
}

/** How many of these are events that their source had given: what it leaves aside is not counted again. */
export function refusedEvents(rejections: readonly Rejection[]): number {
  return rejections.filter(({ stream }) => !stream.includes('#')).length;
}

type Named = { readonly rejection: Rejection; readonly name: string };

function withName(rejection: Rejection): Named {
  const { stream, arrivalUs, eventTimeUs, key, identity } = rejection;
  return { rejection, name: JSON.stringify([stream, arrivalUs, eventTimeUs, key, identity]) };
}
