import type { Move } from './move.ts';
import { brokenBy, type Entry, type Look, type Marking, type Part, type Taken } from './part.ts';

/** Of each alternative: what has happened in it, null: nothing, false: it is out. `isFirst`, `broken`: of those with null. */
type AnyMarking = {
  readonly inner: readonly Alternative[];
  readonly isFirst: boolean;
  readonly broken: readonly number[];
};

type Alternative = Marking | null | false;

/** What a move would make of an alternative, which counts if it is not dropped. */
type Next = { readonly marking: Alternative; readonly move: Move | null };

/**
 * Alternatives that go on side by side. The first that is complete wins, at one event the first in order; what the others
 * have bound is let go of.
 */
export class AnyPart implements Part {
  readonly events: number;
  readonly isPassable = false;
  readonly #parts: readonly Part[];
  readonly #group: number;

  constructor(parts: readonly Part[], group: number) {
    this.events = parts.reduce((bits, part) => bits | part.events, 0);
    this.#parts = parts;
    this.#group = group;
  }

  begin(move: Move, entry: Entry): Marking | null {
    const next = this.#parts.map((part): Next => {
      if (part.isOverAtStart(entry)) return OUT;
      const fork = move.fork();
      const marking = part.begin(fork, entry);
      return { marking, move: marking && fork };
    });
    if (next.every(each => each.move === null)) return null;
    move.saves.push(this.#group);
    return this.#resolve(this.#nothing(), next, entry, move);
  }

  beginDue(absence: number, move: Move, entry: Entry): Marking {
    move.saves.push(this.#group);
    const next = this.#parts.map((part): Next => {
      if (part.isOverAtStart(entry)) return OUT;
      if (!part.pendingAtStart(entry).includes(absence)) return { marking: null, move: null };
      const fork = move.fork();
      return { marking: part.beginDue(absence, fork, entry), move: fork };
    });
    return this.#resolve(this.#nothing(), next, entry, move)!; // one of them has come due
  }

  pendingAtStart(entry: Entry): readonly number[] {
    return this.#parts.filter(part => !part.isOverAtStart(entry)).flatMap(part => part.pendingAtStart(entry));
  }

  isOverAtStart(entry: Entry): boolean {
    return this.#parts.every(part => part.isOverAtStart(entry));
  }

  lookAtStart(look: Look, entry: Entry, back: readonly number[]): void {
    for (const part of this.#parts) if (!part.isOverAtStart(entry)) part.lookAtStart(look, entry, back);
  }

  break(marking: Marking, move: Move): Marking | null {
    const { inner, isFirst, broken: before } = of(marking);
    const fresh = this.#parts.filter((_, index) => inner[index] === null);
    const pending = fresh.flatMap(part => part.pendingAtStart({ isFirst, broken: before }));
    const entry = { isFirst, broken: brokenBy(move, pending, before) };
    const next = this.#parts.map((part, index): Next => {
      const old = inner[index]!;
      if (old === null) return part.isOverAtStart(entry) ? OUT : { marking: null, move: null };
      if (old === false) return OUT;
      const fork = move.fork();
      const left = part.break(old, fork);
      return left === null ? OUT : { marking: left, move: fork };
    });
    return this.#resolve(inner, next, entry, move);
  }

  take(marking: Marking, move: Move): Taken | null {
    const { inner, isFirst, broken } = of(marking);
    const entry = { isFirst, broken };
    let hasMoved = false;
    const next = this.#parts.map((part, index): Next => {
      const old = inner[index]!;
      if (old === false) return OUT;
      const fork = move.fork();
      if (old === null) {
        const begun = part.begin(fork, entry);
        hasMoved ||= begun !== null;
        return { marking: begun, move: begun && fork };
      }
      const taken = part.take(old, fork);
      if (taken === null) return OUT;
      hasMoved ||= taken.hasMoved;
      return { marking: taken.marking, move: fork };
    });
    const left = this.#resolve(inner, next, entry, move);
    return left && { marking: left, hasMoved };
  }

  due(marking: Marking, absence: number, move: Move): Marking {
    const { inner, isFirst, broken } = of(marking);
    const entry = { isFirst, broken };
    const next = this.#parts.map((part, index): Next => {
      const old = inner[index]!;
      if (old === false) return OUT;
      const pending = old === null ? part.pendingAtStart(entry) : part.pending(old);
      if (!pending.includes(absence)) return { marking: old, move: null };
      const fork = move.fork();
      return { marking: old === null ? part.beginDue(absence, fork, entry) : part.due(old, absence, fork), move: fork };
    });
    return this.#resolve(inner, next, entry, move)!; // one of them has come due
  }

  close(marking: Marking, within: number, move: Move): Marking | null {
    const { inner, isFirst, broken } = of(marking);
    const next = this.#parts.map((part, index): Next => {
      const old = inner[index]!;
      if (old === null || old === false) return { marking: old, move: null };
      const fork = move.fork();
      const left = part.close(old, within, fork);
      return left === null ? OUT : { marking: left, move: fork };
    });
    return this.#resolve(inner, next, { isFirst, broken }, move);
  }

  isComplete(marking: Marking): boolean {
    return this.#some(marking, (part, inner) => inner !== null && part.isComplete(inner));
  }

  canMove(marking: Marking): boolean {
    return this.#some(marking, (part, inner) => inner === null || part.canMove(inner));
  }

  pending(marking: Marking): readonly number[] {
    const { inner, isFirst, broken } = of(marking);
    return this.#parts.flatMap((part, index) => {
      const own = inner[index]!;
      if (own === false) return [];
      return own === null ? part.pendingAtStart({ isFirst, broken }) : part.pending(own);
    });
  }

  deadlines(marking: Marking): readonly number[] {
    const { inner } = of(marking);
    return this.#parts.flatMap((part, index) => (inner[index] ? part.deadlines(inner[index]) : []));
  }

  look(marking: Marking, look: Look): void {
    const { inner, isFirst, broken } = of(marking);
    for (const [index, part] of this.#parts.entries()) {
      const own = inner[index]!;
      if (own === null) part.lookAtStart(look, { isFirst, broken }, []);
      else if (own !== false) part.look(own, look);
    }
  }

  /** Null: none of them is left. */
  #resolve(old: readonly Alternative[], next: readonly Next[], entry: Entry, move: Move): Marking | null {
    const winner = next.findIndex(({ marking }, index) => marking && this.#parts[index]!.isComplete(marking));
    let lost = 0;
    const inner = next.map((each, index): Alternative => {
      const isDropped = each.marking === false || (winner >= 0 && index !== winner);
      if (!isDropped && each.move !== null) move.join(each.move);
      if (isDropped && old[index]) lost |= this.#parts[index]!.events;
      return isDropped ? false : each.marking;
    });
    if (lost !== 0) move.clears.push({ group: this.#group, events: lost });
    if (inner.every(marking => marking === false)) return null;
    return { inner, isFirst: entry.isFirst, broken: entry.broken };
  }

  #nothing(): readonly Alternative[] {
    return this.#parts.map(() => null);
  }

  #some(marking: Marking, holds: (part: Part, inner: Marking | null) => boolean): boolean {
    const { inner } = of(marking);
    return this.#parts.some((part, index) => inner[index] !== false && holds(part, inner[index]!));
  }
}

const OUT: Next = { marking: false, move: null };

function of(marking: Marking): AnyMarking {
  return marking as unknown as AnyMarking; // as: made here
}
