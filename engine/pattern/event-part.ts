import { HAPPENED, LeafPart } from './leaf-part.ts';
import type { Move } from './move.ts';
import type { Entry, Look, Marking } from './part.ts';

/** One row that is bound. */
export class EventPart extends LeafPart {
  readonly events: number;
  readonly #event: number;

  constructor(event: number) {
    super();
    this.#event = event;
    this.events = 1 << event;
  }

  begin(move: Move): Marking | null {
    if (!move.is(this.#event)) return null;
    move.binds.push(this.#event);
    return HAPPENED;
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
}
