import { growInt32 } from '../state/growable.ts';
import type { PartialMatches } from './partial-matches.ts';

/** Partial matches side by side in one state: their places, the last slot, and when the first of them is due. */
export type SteadyRun = { places: Int32Array; length: number; last: number; dueUs: number };

export function emptyRun(): SteadyRun {
  return { places: new Int32Array(64), length: 0, last: 0, dueUs: 0 };
}

/** From a slot on, into a run that is used again. No call in the loop but where the array grows. benchmark: patterns */
export function collectRun(
  { next, state, dueUs }: PartialMatches,
  { first, copies }: { readonly first: number; readonly copies: number },
  run: SteadyRun,
): void {
  const own = state[first]!;
  let { places } = run;
  let length = 0;
  let leastUs = Infinity;
  let last = first;
  for (let slot = first; slot >= 0 && state[slot] === own; slot = next[slot]!) {
    if (length === places.length) places = growInt32(places, length + 1);
    places[length++] = slot * copies;
    if (dueUs[slot]! < leastUs) leastUs = dueUs[slot]!;
    last = slot;
  }
  run.places = places;
  run.length = length;
  run.last = last;
  run.dueUs = leastUs;
}
