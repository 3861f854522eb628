import type { Move } from './move.ts';
import type { Entry, Look, Marking, Part, Taken } from './part.ts';

const BOUND: Marking = {};

/** One row that is bound. */
export class EventPart implements Part {
  readonly events: number;
  readonly isPassable = false;
  readonly #event: number;

  constructor(event: number) {
    this.#event = event;
    this.events = 1 << event;
  }

  begin(move: Move): Marking | null {
    if (!move.is(this.#event)) return null;
    move.binds.push(this.#event);
    return BOUND;
  }

  beginDue(): Marking {
    return BOUND; // never asked: it has no absence
  }

  pendingAtStart(): readonly number[] {
    return [];
  }

  isOverAtStart(): boolean {
    return false;
  }

  lookAtStart(look: Look, _entry: Entry, back: readonly number[]): void {
    look.event(this.#event, back);
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
