import type { Entry, Look, Marking, Part, Taken } from './part.ts';
import type { Move } from './move.ts';

/** What has happened in a part that is complete with the first thing that does. */
export const HAPPENED: Marking = {};

/** A part in which one thing happens, and then no more. */
export abstract class LeafPart implements Part {
  readonly isPassable = false;
  abstract readonly events: number;

  abstract begin(move: Move): Marking | null;
  abstract lookAtStart(look: Look, entry: Entry, back: readonly number[]): void;
  abstract pendingAtStart(entry: Entry): readonly number[];
  abstract isOverAtStart(entry: Entry): boolean;

  beginDue(): Marking {
    return HAPPENED;
  }

  break(marking: Marking): Marking {
    return marking;
  }

  take(marking: Marking): Taken {
    return { marking, hasMoved: false };
  }

  due(marking: Marking): Marking {
    return marking;
  }

  close(marking: Marking): Marking {
    return marking;
  }

  isComplete(): boolean {
    return true;
  }

  canMove(): boolean {
    return false;
  }

  pending(): readonly number[] {
    return [];
  }

  deadlines(): readonly number[] {
    return [];
  }

  look(): void {}
}
