import type { Snapshot } from '../operator.ts';
import { gatherFloat64, gatherInt32, scatterFloat64, scatterInt32 } from '../state/gather.ts';
import type { Matcher } from './matcher.ts';

/**
 * Of these keys: how many partial matches each has, and of these, from the oldest to the newest, where they are (the markings
 * that there are stand once), their times and what is bound.
 */
export function snapshotMatcher(matcher: Matcher, keyIds: Uint32Array): Snapshot {
  const { matches, values, automaton, copies, crowds } = matcher.slots;
  const { lookedBack } = matcher.tests;
  const { absences, withinUs } = automaton.pattern;
  for (const keyId of keyIds) crowds.settleAll(keyId);
  const slots = Uint32Array.from([...keyIds].flatMap(keyId => [...matches.of(keyId)]));
  const places = new Map<number, number>(); // of states in the list
  for (const slot of slots) if (!places.has(matches.state[slot]!)) places.set(matches.state[slot]!, places.size);
  return {
    matches: gatherInt32(matches.count, keyIds),
    lookedBack: lookedBack.snapshot(keyIds),
    markings: [...places.keys()].map(state => automaton.textOf(state)),
    marking: Int32Array.from(slots, slot => places.get(matches.state[slot]!)!),
    firstUs: gatherFloat64(matches.firstUs, slots),
    absenceUs: gatherWide(matches.absenceUs, slots, absences.length),
    endUs: gatherWide(matches.endUs, slots, withinUs.length),
    bound: gatherInt32(matches.bound, slots, copies),
    named: values.snapshot(placesOf(slots, copies)),
  };
}

/** Row i of a snapshot is of key `keyIds[i]`, for which there is room; −1: it is left out. */
export function restoreMatcher(matcher: Matcher, snapshot: Snapshot, keyIds: Int32Array): void {
  const { matches, values, automaton, copies } = matcher.slots;
  const { lookedBack } = matcher.tests;
  const { absences, withinUs } = automaton.pattern;
  lookedBack.restore(snapshot['lookedBack'] as Snapshot, keyIds);
  const counts = snapshot['matches'] as Int32Array;
  const slots = new Int32Array(counts.reduce((sum, count) => sum + count, 0)).fill(-1);
  let at = 0;
  for (let i = 0; i < keyIds.length; i++) {
    for (let n = 0; n < counts[i]!; n++, at++) if (keyIds[i]! >= 0) slots[at] = restoreOne(matcher, keyIds[i]!);
  }
  scatterFloat64(snapshot['firstUs'] as Float64Array, slots, matches.firstUs);
  scatterFloat64(snapshot['absenceUs'] as Float64Array, slots, matches.absenceUs, absences.length);
  scatterFloat64(snapshot['endUs'] as Float64Array, slots, matches.endUs, withinUs.length);
  scatterInt32(snapshot['bound'] as Int32Array, slots, matches.bound, copies);
  values.restore(snapshot['named'] as Snapshot, placesOf(slots, copies));
  const states = (snapshot['markings'] as readonly string[]).map(text => automaton.stateOf(text));
  const marking = snapshot['marking'] as Int32Array;
  for (let i = 0; i < slots.length; i++) if (slots[i]! >= 0) matcher.slots.enter(slots[i]!, states[marking[i]!]!);
  for (const keyId of keyIds) if (keyId >= 0) matcher.refresh(keyId);
}

/** An empty slot, as the newest of the key. */
function restoreOne({ slots }: Matcher, keyId: number): number {
  const slot = slots.allocate();
  slots.matches.append(keyId, slot);
  return slot;
}

function gatherWide(from: Float64Array, slots: Uint32Array, width: number): Float64Array {
  return width === 0 ? new Float64Array(0) : gatherFloat64(from, slots, width);
}

/** Places of these slots, side by side; of one that is left out, −1 each. */
function placesOf<T extends Uint32Array | Int32Array>(slots: T, copies: number): T {
  const places = new (slots.constructor as new (length: number) => T)(slots.length * copies); // as: it is of that type
  for (let i = 0; i < places.length; i++) {
    const slot = slots[Math.floor(i / copies)]!;
    places[i] = slot < 0 ? -1 : slot * copies + (i % copies);
  }
  return places;
}
