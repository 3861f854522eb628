import type { Move } from './move.ts';
import { brokenBy, ENTERED, type Entry, type Look, type Marking, type Part, type Taken } from './part.ts';

type Options = { readonly min: number; readonly max: number; readonly isStrict: boolean };

/** `rounds`: those before the present one, as many as matter. `broken`, `isLost`: of the next round, which may begin. */
type RoundsMarking = {
  readonly rounds: number;
  readonly inner: Marking;
  readonly isLost: boolean;
  readonly broken: readonly number[];
};

/** A part with a quantifier. What may follow comes before another round, and another round before the present one goes on. */
export class Repetition implements Part {
  readonly events: number;
  readonly isPassable: boolean;
  readonly #body: Part;
  readonly #min: number;
  readonly #max: number;
  readonly #isStrict: boolean; // the arrow between rounds

  constructor(body: Part, { min, max, isStrict }: Options) {
    this.events = body.events;
    this.isPassable = min === 0 || body.isPassable;
    this.#body = body;
    this.#min = min;
    this.#max = max;
    this.#isStrict = isStrict;
  }

  begin(move: Move, entry: Entry): Marking | null {
    const inner = this.#body.begin(move, entry);
    return inner && this.#moved(0, inner, move);
  }

  beginDue(absence: number, move: Move, entry: Entry): Marking {
    return this.#moved(0, this.#body.beginDue(absence, move, entry), move);
  }

  pendingAtStart(entry: Entry): readonly number[] {
    return this.#body.pendingAtStart(entry);
  }

  isOverAtStart(entry: Entry): boolean {
    return this.#body.isOverAtStart(entry);
  }

  lookAtStart(look: Look, entry: Entry, back: readonly number[]): void {
    this.#body.lookAtStart(look, entry, back);
  }

  break(marking: Marking, move: Move): Marking | null {
    const own = of(marking);
    const inner = this.#body.break(own.inner, move);
    if (inner === null) return null;
    if (!this.#mayRepeat(own)) return { ...own, inner };
    const broken = brokenBy(move, this.#pendingNext(own), own.broken);
    return this.#body.isOverAtStart({ isFirst: false, broken }) ? null : { ...own, inner, broken };
  }

  take(marking: Marking, move: Move): Taken | null {
    const own = of(marking);
    let { isLost } = own;
    const mayRepeat = this.#mayRepeat(own);
    if (mayRepeat && !isLost) {
      const next = this.#body.begin(move, { isFirst: false, broken: own.broken });
      if (next !== null) return { marking: this.#moved(this.#roundsAfter(own), next, move), hasMoved: true };
    }
    const taken = this.#body.take(own.inner, move);
    if (taken === null) return null;
    if (taken.hasMoved) return { marking: this.#moved(own.rounds, taken.marking, move), hasMoved: true };
    if (mayRepeat && this.#isStrict && move.isStepRow) isLost = true;
    const left = { ...own, inner: taken.marking, isLost };
    return this.isComplete(left) || this.canMove(left) ? { marking: left, hasMoved: false } : null;
  }

  due(marking: Marking, absence: number, move: Move): Marking {
    const own = of(marking);
    if (this.#mayRepeat(own) && this.#pendingNext(own).includes(absence)) {
      const next = this.#body.beginDue(absence, move, { isFirst: false, broken: own.broken });
      return this.#moved(this.#roundsAfter(own), next, move);
    }
    return this.#moved(own.rounds, this.#body.due(own.inner, absence, move), move);
  }

  close(marking: Marking, within: number, move: Move): Marking | null {
    const own = of(marking);
    const inner = this.#body.close(own.inner, within, move);
    if (inner === null) return null;
    const left = { ...own, inner };
    return this.isComplete(left) || this.canMove(left) ? left : null;
  }

  isComplete(marking: Marking): boolean {
    const { rounds, inner } = of(marking);
    return rounds + 1 >= this.#min && this.#body.isComplete(inner);
  }

  canMove(marking: Marking): boolean {
    const own = of(marking);
    if (this.#body.canMove(own.inner)) return true;
    return this.#mayRepeat(own) && (!own.isLost || this.#pendingNext(own).length > 0);
  }

  pending(marking: Marking): readonly number[] {
    const own = of(marking);
    const inner = this.#body.pending(own.inner);
    return this.#mayRepeat(own) ? [...this.#pendingNext(own), ...inner] : inner;
  }

  deadlines(marking: Marking): readonly number[] {
    return this.#body.deadlines(of(marking).inner);
  }

  look(marking: Marking, look: Look): void {
    const own = of(marking);
    this.#body.look(own.inner, look);
    if (!this.#mayRepeat(own)) return;
    if (own.isLost) look.pending(this.#pendingNext(own));
    else this.#body.lookAtStart(look, { isFirst: false, broken: own.broken }, []);
  }

  #moved(rounds: number, inner: Marking, move: Move): Marking {
    const marking = { rounds, inner, isLost: false, broken: [] };
    if (this.#mayRepeat(marking)) move.starts.push(...this.#body.pendingAtStart(ENTERED));
    return marking;
  }

  #mayRepeat({ rounds, inner }: RoundsMarking): boolean {
    return rounds + 1 < this.#max && this.#body.isComplete(inner);
  }

  #pendingNext({ broken }: RoundsMarking): readonly number[] {
    return this.#body.pendingAtStart({ isFirst: false, broken });
  }

  /** Without a maximum it is no matter how many there are beyond the minimum. */
  #roundsAfter({ rounds }: RoundsMarking): number {
    return this.#max === Infinity ? Math.min(rounds + 1, Math.max(this.#min - 1, 0)) : rounds + 1;
  }
}

function of(marking: Marking): RoundsMarking {
  return marking as unknown as RoundsMarking; // as: made here
}
