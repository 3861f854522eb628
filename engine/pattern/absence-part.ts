import type { Entry, Look, Marking, Part, Taken } from './part.ts';

const CAME_DUE: Marking = {};

/**
 * No such event for so long behind what comes before. Where nothing does, it is no matter of this automaton: it looks back
 * from the event that follows.
 */
export class AbsencePart implements Part {
  readonly events = 0;
  readonly isPassable = false;
  readonly #absence: number;

  constructor(absence: number) {
    this.#absence = absence;
  }

  get absence(): number {
    return this.#absence;
  }

  begin(): null {
    return null;
  }

  beginDue(): Marking {
    return CAME_DUE;
  }

  pendingAtStart({ isFirst, broken }: Entry): readonly number[] {
    return isFirst || broken.includes(this.#absence) ? [] : [this.#absence];
  }

  isOverAtStart({ broken }: Entry): boolean {
    return broken.includes(this.#absence);
  }

  lookAtStart(look: Look, entry: Entry): void {
    look.pending(this.pendingAtStart(entry));
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
