import { LeafPart } from './leaf-part.ts';
import type { Entry, Look } from './part.ts';

/**
 * No such event for so long behind what comes before. Where nothing does, it is no matter of this automaton: it looks back
 * from the event that follows.
 */
export class AbsencePart extends LeafPart {
  readonly events = 0;
  readonly absence: number;

  constructor(absence: number) {
    super();
    this.absence = absence;
  }

  begin(): null {
    return null;
  }

  pendingAtStart({ isFirst, broken }: Entry): readonly number[] {
    return isFirst || broken.includes(this.absence) ? [] : [this.absence];
  }

  isOverAtStart({ broken }: Entry): boolean {
    return broken.includes(this.absence);
  }

  lookAtStart(look: Look, entry: Entry): void {
    look.pending(this.pendingAtStart(entry));
  }
}
