import type { RuleNode } from '../../dsl/plan.ts';
import type { AlertPlace, Frame, Operator, OperatorContext, View } from '../operator.ts';
import { firstOne } from '../state/first-one.ts';
import { growUint8 } from '../state/growable.ts';
import { maskOf } from './mask.ts';
import { ConditionForms } from './row-index/condition-forms.ts';
import { CurrentFrame } from './row-index/current-frame.ts';
import type { IndexPlan } from './rule-index/index-plan.ts';
import { RowFinders } from './row-index/row-finders.ts';
import { Seat } from './rule-index/seat.ts';
import { formTextOf, SeatForm } from './rule-index/seat-form.ts';
import { WatchedKeys } from './rule-index/watched-keys.ts';
import type { RuleContext, RuleOperator, RuleSeat } from './rule.ts';

/**
 * Many rules over one view, of which each is about few of its rows: those with one value of a column, or beyond a limit. A row is
 * given to the rules that may have something to see, and to those that watch its key; one that is given to none costs a look at its
 * value. What a rule does with a row is its own (docs/decisions/0031).
 */
export class RuleIndex {
  readonly #view: View;
  readonly #context: IndexContext;
  readonly #plan: IndexPlan;
  readonly #current = new CurrentFrame();
  readonly #forms: ConditionForms;
  readonly #seatForms = new Map<string, SeatForm>();
  readonly #finders: RowFinders<Seat>;
  readonly #seats: Seat[] = [];
  readonly #watched = new WatchedKeys();
  readonly #due = { count: 0 };
  #marks: Uint8Array = new Uint8Array(0);
  #handledCount = 0; // entries
  readonly #watching: number[] = []; // of the entry that is handled

  constructor(plan: IndexPlan, context: IndexContext) {
    this.#plan = plan;
    this.#context = context;
    this.#view = context.input;
    this.#finders = new RowFinders(context);
    this.#forms = new ConditionForms({
      ...context,
      current: this.#current,
      name: `rules on ${context.input.frame.id}`,
    });
  }

  get nodes(): readonly RuleNode[] {
    return this.#seats.map(seat => seat.rule!.node as RuleNode); // as: it is a rule's
  }

  /** Takes in a rule that the plan has a guard for. Rules come in the order of the file, before the first frame. */
  add(node: RuleNode, create: (seat: RuleSeat) => RuleOperator): RuleOperator {
    const guard = this.#plan.guardOf.get(node)!;
    const place = this.#seats.length;
    const seat = new Seat(node, {
      place,
      forms: this.#forms,
      conditionOf: column => this.#plan.conditionOf(column),
    });
    this.#seats.push(seat);
    this.#finders.add(guard, seat);
    const form = this.#formOf(node, seat);
    form.add(seat);
    seat.rule = create({ foundBy: guard.column, form: form.rules });
    return seat.rule;
  }

  /** The rule, if it is one of these, sees nothing more. */
  remove(rule: Operator): void {
    const seat = this.#seats.find(other => other.rule === rule);
    if (seat === undefined) return;
    this.#finders.remove(seat);
    seat.rule!.forgetAll();
  }

  process(frame: Frame): undefined {
    this.#watched.reserve(this.#view.frame.keys.size);
    if (frame.hasRows) this.#processRows(frame);
    else this.#moveOn(frame);
  }

  nextDueUs(keyId: number): number {
    let dueUs = Infinity;
    this.#watched.forEach(keyId, place => {
      dueUs = Math.min(dueUs, this.#seats[place]!.rule!.nextDueUs!(keyId));
    });
    return dueUs;
  }

  get hasDue(): boolean {
    return this.#due.count > 0;
  }

  isPending(keyId: number): boolean {
    return this.#seats.some(({ rule }) => rule!.isPending!(keyId));
  }

  forget(keyId: number): void {
    for (const { rule } of this.#seats) rule!.forget(keyId);
  }

  #formOf(node: RuleNode, seat: Seat): SeatForm {
    const text = formTextOf(node, seat, this.#view.frame.keys.fields);
    let form = this.#seatForms.get(text);
    if (form !== undefined) return form;
    const { keys: dictionary, ...context } = this.#context;
    form = new SeatForm(node, {
      ...context,
      dictionary,
      current: this.#current,
      watched: this.#watched,
      due: this.#due,
    });
    this.#seatForms.set(text, form);
    return form;
  }

  #processRows(frame: Frame): void {
    const { length, keyIds } = frame;
    const mask = maskOf(frame, this.#view);
    this.#marks = growUint8(this.#marks, length).fill(0, 0, length);
    this.#current.open(frame);
    for (const finder of this.#finders.all) {
      finder.open(frame);
      finder.mark(frame, this.#marks);
    }
    for (let i = this.#nextToHandle(frame, 0); i < length; i = this.#nextToHandle(frame, i + 1)) {
      const isRow = mask === undefined || mask[i] === 1;
      this.#handledCount++;
      this.#giveToWatching(keyIds[i]!, i, isRow);
      if (isRow && this.#marks[i] === 1) this.#giveToFound(i);
    }
  }

  /** The first entry from `i` on that is marked, or of a key that is watched by then. */
  #nextToHandle(frame: Frame, i: number): number {
    if (this.#watched.count === 0) return firstOne(this.#marks, i, frame.length);
    return firstMarkedOrWatched(frame, this.#marks, this.#watched.firstOf, i);
  }

  #giveToWatching(keyId: number, entry: number, isRow: boolean): void {
    const count = this.#watched.write(keyId, this.#watching);
    for (let n = 0; n < count; n++) {
      const seat = this.#seats[this.#watching[n]!]!;
      seat.handled = this.#handledCount;
      seat.take(entry, isRow);
    }
  }

  #giveToFound(row: number): void {
    for (const finder of this.#finders.all) {
      for (let n = 0, seat = finder.seatAt(row, 0); seat !== undefined; seat = finder.seatAt(row, ++n)) {
        if (seat.handled === this.#handledCount) continue;
        if (seat.isCandidate(row)) seat.take(row, true);
        else if (seat.readsQuiet) seat.takeQuiet(row);
      }
    }
  }

  #moveOn(frame: Frame): void {
    const { length, keyIds } = frame;
    for (let i = 0; i < length && this.#watched.count > 0; i++) {
      const count = this.#watched.write(keyIds[i]!, this.#watching);
      for (let n = 0; n < count; n++) this.#seats[this.#watching[n]!]!.rule!.moveOn(frame, i);
    }
  }
}

type IndexContext = OperatorContext & Pick<RuleContext, 'originOf' | 'silence'> & { readonly keys: AlertPlace['keys'] };

/** A loop with no call in it: see KeyDictionary. benchmark: throughput/1000-equalities */
function firstMarkedOrWatched({ length, keyIds }: Frame, marks: Uint8Array, firstOf: Int32Array, i: number): number {
  for (; i < length; i++) if ((marks[i]! | firstOf[keyIds[i]!]!) !== 0) break;
  return i;
}
