import type { Move } from './move.ts';
import { brokenBy, type Entry, type Look, type Marking, type Part, type Taken } from './part.ts';

/** Of each part: what has happened in it; null: nothing. `isFirst`, `broken`: of those with null. */
type AllMarking = {
  readonly inner: readonly (Marking | null)[];
  readonly isFirst: boolean;
  readonly broken: readonly number[];
};

/** Parts that come in any order. A row goes to the first, in order, that takes it; where one is over, all of it is. */
export class AllPart implements Part {
  readonly events: number;
  readonly isPassable = false;
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.events = parts.reduce((bits, part) => bits | part.events, 0);
    this.#parts = parts;
  }

  begin(move: Move, entry: Entry): Marking | null {
    for (const [index, part] of this.#parts.entries()) {
      const begun = part.begin(move, entry);
      if (begun !== null) return { inner: this.#only(index, begun), ...entryOf(entry) };
    }
    return null;
  }

  beginDue(absence: number, move: Move, entry: Entry): Marking {
    const index = this.#parts.findIndex(part => part.pendingAtStart(entry).includes(absence));
    return { inner: this.#only(index, this.#parts[index]!.beginDue(absence, move, entry)), ...entryOf(entry) };
  }

  pendingAtStart(entry: Entry): readonly number[] {
    return this.#parts.flatMap(part => part.pendingAtStart(entry));
  }

  isOverAtStart(entry: Entry): boolean {
    return this.#parts.some(part => part.isOverAtStart(entry));
  }

  lookAtStart(look: Look, entry: Entry, back: readonly number[]): void {
    for (const part of this.#parts) part.lookAtStart(look, entry, back);
  }

  break(marking: Marking, move: Move): Marking | null {
    const { inner, isFirst, broken: before } = of(marking);
    const fresh = this.#parts.filter((_, index) => inner[index] === null);
    const pending = fresh.flatMap(part => part.pendingAtStart({ isFirst, broken: before }));
    const entry = { isFirst, broken: brokenBy(move, pending, before) };
    if (fresh.some(part => part.isOverAtStart(entry))) return null;
    const next: (Marking | null)[] = [];
    for (const [index, part] of this.#parts.entries()) {
      const old = inner[index]!;
      const left = old && part.break(old, move);
      if (old !== null && left === null) return null;
      next.push(left);
    }
    return { inner: next, ...entryOf(entry) };
  }

  take(marking: Marking, move: Move): Taken | null {
    const { inner, ...entry } = of(marking);
    const others = move.taken();
    let hasMoved = false;
    const next: (Marking | null)[] = [];
    for (const [index, part] of this.#parts.entries()) {
      const old = inner[index]!;
      if (old === null) {
        next.push(hasMoved ? null : part.begin(move, entry));
        hasMoved ||= next[index] !== null;
        continue;
      }
      const taken = part.take(old, hasMoved ? others : move);
      if (taken === null) return null;
      next.push(taken.marking);
      hasMoved ||= taken.hasMoved;
    }
    move.join(others);
    const left = { inner: next, ...entryOf(entry) };
    return this.isComplete(left) || this.canMove(left) ? { marking: left, hasMoved } : null;
  }

  due(marking: Marking, absence: number, move: Move): Marking {
    const { inner, ...rest } = of(marking);
    const next = this.#parts.map((part, index) => {
      const old = inner[index]!;
      if (old === null) return part.pendingAtStart(rest).includes(absence) ? part.beginDue(absence, move, rest) : null;
      return part.pending(old).includes(absence) ? part.due(old, absence, move) : old;
    });
    return { inner: next, ...rest };
  }

  close(marking: Marking, within: number, move: Move): Marking | null {
    const { inner, ...rest } = of(marking);
    const next = this.#parts.map((part, index) => {
      const old = inner[index]!;
      return old === null ? null : (part.close(old, within, move) ?? false);
    });
    if (next.includes(false)) return null;
    const left = { inner: next, ...rest };
    return this.isComplete(left) || this.canMove(left) ? left : null;
  }

  isComplete(marking: Marking): boolean {
    const { inner } = of(marking);
    return this.#parts.every((part, index) => inner[index] !== null && part.isComplete(inner[index]!));
  }

  canMove(marking: Marking): boolean {
    const { inner } = of(marking);
    const canMove = this.#parts.map((part, index) => inner[index] === null || part.canMove(inner[index]!));
    const isStuck = this.#parts.some((part, index) => !canMove[index] && !part.isComplete(inner[index]!));
    return !isStuck && canMove.includes(true);
  }

  pending(marking: Marking): readonly number[] {
    const { inner, ...entry } = of(marking);
    return this.#parts.flatMap((part, index) => {
      const own = inner[index]!;
      return own === null ? part.pendingAtStart(entry) : part.pending(own);
    });
  }

  deadlines(marking: Marking): readonly number[] {
    const { inner } = of(marking);
    return this.#parts.flatMap((part, index) => (inner[index] === null ? [] : part.deadlines(inner[index]!)));
  }

  look(marking: Marking, look: Look): void {
    const { inner, ...entry } = of(marking);
    for (const [index, part] of this.#parts.entries()) {
      const own = inner[index]!;
      if (own === null) part.lookAtStart(look, entry, []);
      else part.look(own, look);
    }
  }

  #only(index: number, marking: Marking): readonly (Marking | null)[] {
    return this.#parts.map((_, other) => (other === index ? marking : null));
  }
}

function entryOf({ isFirst, broken }: Entry): Entry {
  return { isFirst, broken };
}

function of(marking: Marking): AllMarking {
  return marking as unknown as AllMarking; // as: made here
}
