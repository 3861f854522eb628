import type { Move } from './move.ts';

/**
 * A part of a pattern as an automaton of its own. What has happened in it is its marking, plain JSON that is never changed;
 * null: nothing has. A part that follows a complete one is asked as if it were entered, while the one before it may still go
 * on: what an absence at its start has seen until then is its `Entry`.
 *
 * A row, an instant at which an absence comes due, the end of a `within`: each is a Move, which says what happens, and
 * gathers what it brings about. Nothing here knows of partial matches, of time or of values.
 */
export interface Part {
  /** The events below it, bit by bit. */
  readonly events: number;
  /** Whether what follows may come though nothing has happened here. */
  readonly isPassable: boolean;

  // ---- while nothing has happened

  /** Takes a row; null: it does not. */
  begin(move: Move, entry: Entry): Marking | null;
  /** One of its absences comes due. */
  beginDue(absence: number, move: Move, entry: Entry): Marking;
  /** Absences that are waited for as soon as what is before is complete. */
  pendingAtStart(entry: Entry): readonly number[];
  /** Whether it cannot be begun any more, as an absence at its start was broken. */
  isOverAtStart(entry: Entry): boolean;
  /** `back`: absences before it that look back from its first event. */
  lookAtStart(look: Look, entry: Entry, back: readonly number[]): void;

  // ---- once something has

  /** Before a row is taken, it breaks absences; null: it is over. */
  break(marking: Marking, move: Move): Marking | null;
  /** What a row makes of it; null: it is over. */
  take(marking: Marking, move: Move): Taken | null;
  due(marking: Marking, absence: number, move: Move): Marking;
  /** The time of a part in it has passed; null: it is over. */
  close(marking: Marking, within: number, move: Move): Marking | null;
  isComplete(marking: Marking): boolean;
  /** Whether rows or time may still change it. */
  canMove(marking: Marking): boolean;
  /** Absences that are waited for, in the order in which they come due where that is at one instant. */
  pending(marking: Marking): readonly number[];
  /** Parts whose time has begun to run, and matters. */
  deadlines(marking: Marking): readonly number[];
  look(marking: Marking, look: Look): void;
}

/** Opaque but to the part that it is of. */
export type Marking = { readonly [name: string]: MarkingValue };
type MarkingValue = number | boolean | Marking | null | readonly MarkingValue[];

/** What a row left, and whether it was taken. */
export type Taken = { readonly marking: Marking; readonly hasMoved: boolean };

/** `isFirst`: nothing of the pattern comes before. `broken`: absences at the start whose event has come, in order. */
export type Entry = { readonly isFirst: boolean; readonly broken: readonly number[] };

/** Behind something, with nothing broken yet. */
export const ENTERED: Entry = { isFirst: false, broken: [] };

/** What may come next: gathered of a marking. */
export class Look {
  /** Events that would be taken, bit by bit. */
  events = 0;
  /** Absences whose event would break them. */
  readonly absences = new Set<number>();
  /** By event, where absences look back from it. */
  readonly back = new Map<number, readonly number[]>();

  event(event: number, back: readonly number[]): void {
    this.events |= 1 << event;
    if (back.length > 0) this.back.set(event, back);
  }

  pending(absences: readonly number[]): void {
    for (const absence of absences) this.absences.add(absence);
  }
}

/** Those that are broken, and those of `pending` that the move breaks, in order. */
export function brokenBy(move: Move, pending: readonly number[], broken: readonly number[]): readonly number[] {
  const hit = pending.filter(absence => move.breaks(absence));
  return hit.length === 0 ? broken : [...broken, ...hit].sort((a, b) => a - b);
}
