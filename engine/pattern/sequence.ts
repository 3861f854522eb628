import { AbsencePart } from './absence-part.ts';
import type { Move } from './move.ts';
import { brokenBy, ENTERED, type Entry, type Look, type Marking, type Part, type Taken } from './part.ts';

type Options = {
  readonly parts: readonly Part[];
  /** Of each part: whether `~>` leads to it; false of the first. */
  readonly areStrict: readonly boolean[];
  /** Its number among those that have a time of their own. */
  readonly within: number | null;
};

/**
 * The part that has come last, and what has happened in it. `isLost`, `broken`: of what may follow it; behind `~>` it is
 * lost with a row that was not taken. `hasBegun`: an event has, so that the time of this sequence runs; `isClosed`: it is over.
 */
type SequenceMarking = {
  readonly at: number;
  readonly inner: Marking;
  readonly isLost: boolean;
  readonly broken: readonly number[];
  readonly hasBegun: boolean;
  readonly isClosed: boolean;
};

type Place = { readonly at: number; readonly inner: Marking };

/** One part behind the other. What may follow comes first: `a+ -> b`, and an event that is both, is b. */
export class Sequence implements Part {
  readonly events: number;
  readonly isPassable: boolean;
  readonly #parts: readonly Part[];
  readonly #areStrict: readonly boolean[];
  readonly #within: number | null;

  constructor({ parts, areStrict, within }: Options) {
    this.events = parts.reduce((bits, part) => bits | part.events, 0);
    this.isPassable = parts.every(part => part.isPassable);
    this.#parts = parts;
    this.#areStrict = areStrict;
    this.#within = within;
  }

  begin(move: Move, entry: Entry): Marking | null {
    const place = this.#beginFrom(0, move, { ...entry, isLost: false });
    return place && this.#moved(place, move, { hasBegun: false, isRow: true });
  }

  beginDue(absence: number, move: Move, entry: Entry): Marking {
    return this.#moved(this.#dueFrom(0, absence, move, entry), move, { hasBegun: false, isRow: false });
  }

  pendingAtStart(entry: Entry): readonly number[] {
    return this.#pendingFrom(0, entry);
  }

  isOverAtStart(entry: Entry): boolean {
    return this.#isOverFrom(0, entry);
  }

  lookAtStart(look: Look, entry: Entry, back: readonly number[]): void {
    this.#lookFrom(0, look, { ...entry, isLost: false, back });
  }

  break(marking: Marking, move: Move): Marking | null {
    const own = of(marking);
    if (own.isClosed) return marking;
    const part = this.#parts[own.at]!;
    const inner = part.break(own.inner, move);
    if (inner === null) return null;
    if (!part.isComplete(inner)) return { ...own, inner };
    const pending = this.#pendingFrom(own.at + 1, { isFirst: false, broken: own.broken });
    const broken = brokenBy(move, pending, own.broken);
    return this.#isOverFrom(own.at + 1, { isFirst: false, broken }) ? null : { ...own, inner, broken };
  }

  take(marking: Marking, move: Move): Taken | null {
    const own = of(marking);
    if (own.isClosed) return { marking, hasMoved: false };
    const part = this.#parts[own.at]!;
    let { isLost } = own;
    const { broken } = own;
    const isFollowed = part.isComplete(own.inner);
    if (isFollowed) {
      const next = this.#beginFrom(own.at + 1, move, { isFirst: false, broken, isLost });
      if (next !== null) return this.#taken(next, own, move);
    }
    const taken = part.take(own.inner, move);
    if (taken === null) return null;
    if (taken.hasMoved) return this.#taken({ at: own.at, inner: taken.marking }, own, move);
    if (isFollowed && move.isStepRow && this.#isStrictFrom(own.at + 1)) isLost = true;
    const left = { ...own, inner: taken.marking, isLost };
    return this.isComplete(left) || this.canMove(left) ? { marking: left, hasMoved: false } : null;
  }

  due(marking: Marking, absence: number, move: Move): Marking {
    const own = of(marking);
    const part = this.#parts[own.at]!;
    const place = part.pending(own.inner).includes(absence)
      ? { at: own.at, inner: part.due(own.inner, absence, move) }
      : this.#dueFrom(own.at + 1, absence, move, { isFirst: false, broken: own.broken });
    return this.#moved(place, move, { hasBegun: own.hasBegun, isRow: false });
  }

  close(marking: Marking, within: number, move: Move): Marking | null {
    const own = of(marking);
    if (within === this.#within) return this.isComplete(marking) ? { ...own, isClosed: true } : null;
    const inner = this.#parts[own.at]!.close(own.inner, within, move);
    if (inner === null) return null;
    const left = { ...own, inner };
    return this.isComplete(left) || this.canMove(left) ? left : null;
  }

  isComplete(marking: Marking): boolean {
    const { at, inner } = of(marking);
    if (!this.#parts[at]!.isComplete(inner)) return false;
    for (let i = at + 1; i < this.#parts.length; i++) if (!this.#parts[i]!.isPassable) return false;
    return true;
  }

  canMove(marking: Marking): boolean {
    const own = of(marking);
    if (own.isClosed) return false;
    const part = this.#parts[own.at]!;
    return part.canMove(own.inner) || (part.isComplete(own.inner) && this.#mayFollowFrom(own.at + 1, own));
  }

  pending(marking: Marking): readonly number[] {
    const { at, inner, broken, isClosed } = of(marking);
    if (isClosed) return [];
    const part = this.#parts[at]!;
    const pending = part.pending(inner);
    if (!part.isComplete(inner)) return pending;
    return [...this.#pendingFrom(at + 1, { isFirst: false, broken }), ...pending];
  }

  deadlines(marking: Marking): readonly number[] {
    const { at, inner, hasBegun, isClosed } = of(marking);
    if (isClosed) return [];
    const below = this.#parts[at]!.deadlines(inner);
    const matters = this.#within !== null && hasBegun && (!this.isComplete(marking) || this.canMove(marking));
    return matters ? [this.#within!, ...below] : below;
  }

  look(marking: Marking, look: Look): void {
    const { at, inner, isLost, broken, isClosed } = of(marking);
    if (isClosed) return;
    const part = this.#parts[at]!;
    part.look(inner, look);
    if (part.isComplete(inner)) this.#lookFrom(at + 1, look, { isFirst: false, broken, isLost, back: [] });
  }

  #taken(place: Place, { hasBegun }: SequenceMarking, move: Move): Taken {
    return { marking: this.#moved(place, move, { hasBegun, isRow: true }), hasMoved: true };
  }

  #moved(
    { at, inner }: Place,
    move: Move,
    { hasBegun, isRow }: { readonly hasBegun: boolean; readonly isRow: boolean },
  ): Marking {
    const begins = this.#within !== null && isRow && !hasBegun;
    if (begins) move.begins.push(this.#within!);
    if (this.#parts[at]!.isComplete(inner)) move.starts.push(...this.#pendingFrom(at + 1, ENTERED));
    return { at, inner, isLost: false, broken: [], hasBegun: hasBegun || begins, isClosed: false };
  }

  // ---- from a part on in which nothing has happened; those that may be empty are passed over

  #beginFrom(at: number, move: Move, entry: Entry & { readonly isLost: boolean }): Place | null {
    const part = this.#parts[at];
    if (part === undefined) return null;
    if (part instanceof AbsencePart) return entry.isFirst ? this.#beginFrom(at + 1, move, entry) : null;
    const further = part.isPassable ? this.#beginFrom(at + 1, move, entry) : null;
    if (further !== null) return further;
    if (entry.isLost && this.#areStrict[at]!) return null;
    const inner = part.begin(move, entry);
    return inner && { at, inner };
  }

  /** The absence is pending there. */
  #dueFrom(at: number, absence: number, move: Move, entry: Entry): Place {
    let place = at;
    while (!this.#parts[place]!.pendingAtStart(entry).includes(absence)) place++;
    return { at: place, inner: this.#parts[place]!.beginDue(absence, move, entry) };
  }

  #pendingFrom(at: number, entry: Entry): readonly number[] {
    const pending: number[] = [];
    for (let i = at; i < this.#parts.length; i++) {
      const part = this.#parts[i]!;
      pending.unshift(...part.pendingAtStart(entry)); // what is further comes first
      if (!part.isPassable && !(entry.isFirst && part instanceof AbsencePart)) break;
    }
    return pending;
  }

  #isOverFrom(at: number, entry: Entry): boolean {
    for (let i = at; i < this.#parts.length; i++) {
      if (this.#parts[i]!.isOverAtStart(entry)) return true;
      if (!this.#parts[i]!.isPassable) break;
    }
    return false;
  }

  #isStrictFrom(at: number): boolean {
    for (let i = at; i < this.#parts.length; i++) {
      const part = this.#parts[i]!;
      if (this.#areStrict[i]! && !(part instanceof AbsencePart)) return true;
      if (!part.isPassable) break;
    }
    return false;
  }

  #mayFollowFrom(at: number, { isLost, broken }: Pick<SequenceMarking, 'isLost' | 'broken'>): boolean {
    for (let i = at; i < this.#parts.length; i++) {
      const part = this.#parts[i]!;
      const isOpen = !(part instanceof AbsencePart) && !(isLost && this.#areStrict[i]!);
      if (isOpen || part.pendingAtStart({ isFirst: false, broken }).length > 0) return true;
      if (!part.isPassable) break;
    }
    return false;
  }

  #lookFrom(
    at: number,
    look: Look,
    { isFirst, broken, isLost, back }: Entry & { readonly isLost: boolean; readonly back: readonly number[] },
  ): void {
    const entry = { isFirst, broken };
    let before = back;
    for (let i = at; i < this.#parts.length; i++) {
      const part = this.#parts[i]!;
      if (isLost && this.#areStrict[i]!) look.pending(part.pendingAtStart(entry));
      else part.lookAtStart(look, entry, before);
      if (isFirst && part instanceof AbsencePart)
        before = [...before, part.absence]; // who was told keeps the others
      else if (!part.isPassable) break;
    }
  }
}

function of(marking: Marking): SequenceMarking {
  return marking as unknown as SequenceMarking; // as: made here
}
