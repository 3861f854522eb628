import type { FilterNode, PlanNode } from '../../dsl/plan.ts';
import type { Column } from '../batch.ts';
import { compileMask } from '../expression/compile.ts';
import type { Frame, Operator, OperatorContext, View } from '../operator.ts';
import { firstOne } from '../state/first-one.ts';
import { growUint32, growUint8 } from '../state/growable.ts';
import { type FilterOutput, FilterSeat } from './filter-index/filter-seat.ts';
import { RowGatherer } from './filter-index/gathered-rows.ts';
import { maskOf } from './mask.ts';
import { ConditionForms } from './row-index/condition-forms.ts';
import { CurrentFrame } from './row-index/current-frame.ts';
import { beyondGuard, type Guard } from './row-index/guard.ts';
import { RowFinders } from './row-index/row-finders.ts';
import type { RowsByLimit } from './row-index/rows-by-limit.ts';
import type { RowsByValue } from './row-index/rows-by-value.ts';
import { STATELESS } from './stateless.ts';

/**
 * Many filters of one view, of which each lets few of its rows pass: those with one value of a column, or beyond a limit. A filter
 * that none of a frame's rows passes costs nothing of its own, and neither does what is behind it (docs/decisions/0038).
 */
export class FilterIndex {
  readonly #view: View;
  readonly #context: FilterIndexContext;
  readonly #current = new CurrentFrame();
  readonly #forms: ConditionForms;
  readonly #finders: RowFinders<FilterSeat>;
  readonly #seats = new Map<Operator, FilterSeat>();
  #masks: FilterSeat[] = []; // those of them
  #reached: FilterSeat[] = []; // that rows of the current frame pass
  #areGathered = false; // rows, each by the gatherer of its filter: when all readers are there
  #marks: Uint8Array = new Uint8Array(0);
  #rows = new Uint32Array(0);

  constructor(context: FilterIndexContext) {
    this.#context = context;
    this.#view = context.input;
    this.#finders = new RowFinders(context);
    this.#forms = new ConditionForms({
      ...context,
      current: this.#current,
      name: `filters of ${context.input.frame.id}`,
    });
  }

  get nodes(): readonly PlanNode[] {
    return [...this.#seats.keys()].map(({ node }) => node);
  }

  /** Takes in a filter. They come in the order of the file, before the first frame. */
  add(node: FilterNode, { guard, output }: { readonly guard: Guard; readonly output: FilterOutput }): Operator {
    const condition = this.#forms.add(beyondGuard(node.condition, guard));
    const seat = new FilterSeat({ place: this.#seats.size, condition, output });
    this.#finders.add(guard, seat);
    const operator = filterFoundBy(guard.column, node, this.#context);
    this.#seats.set(operator, seat);
    if (seat.isMask) this.#masks.push(seat);
    return operator;
  }

  /** The filter, if it is one of these, lets nothing pass any more. */
  remove(operator: Operator): void {
    const seat = this.#seats.get(operator);
    if (seat === undefined) return;
    this.#finders.remove(seat);
    this.#seats.delete(operator);
    this.#masks = this.#masks.filter(other => other !== seat);
  }

  forget(): void {}

  process(frame: Frame): undefined {
    if (!frame.hasRows) return;
    for (const seat of this.#reached) seat.reset();
    this.#reached = [];
    this.#current.open(frame);
    const mask = maskOf(frame, this.#view);
    if (this.#finders.byValue.length > 0) this.#selectByValue(frame, mask);
    for (const finder of this.#finders.byLimit) this.#selectByLimit(frame, mask, finder);
    for (const seat of this.#masks) seat.putMask(frame);
  }

  /** After all that adds columns to the frame: gives rows to what is behind the filters that they pass. */
  giveOut(frame: Frame): void {
    if (!this.#areGathered) this.#shareGatherers();
    for (const seat of this.#reached) seat.handIn();
    for (const seat of this.#reached) seat.giveOut(frame);
  }

  /** A gatherer for all filters whose readers want the same columns: one stream, or a thousand that differ in a constant. */
  #shareGatherers(): void {
    this.#areGathered = true;
    const gatherers = new Map<string, RowGatherer>();
    for (const seat of this.#seats.values()) {
      const slots = seat.readSlots;
      if (slots === undefined) continue;
      const name = slots.join(' ');
      const gatherer = gatherers.get(name) ?? new RowGatherer({ slots, keys: this.#context.keys });
      gatherers.set(name, gatherer);
      seat.gatherBy(gatherer);
    }
  }

  #selectByValue(frame: Frame, mask: Uint8Array | undefined): void {
    const { length } = frame;
    this.#marks = growUint8(this.#marks, length).fill(0, 0, length);
    const marks = this.#marks;
    const finders = this.#finders.byValue;
    for (const finder of finders) {
      finder.open(frame);
      finder.mark(frame, marks);
    }
    const isSure = finders.length === 1 && finders[0]!.isSure;
    for (let row = firstOne(marks, 0, length); row < length; row = firstOne(marks, row + 1, length)) {
      if (mask !== undefined && mask[row] === 0) continue;
      for (const finder of finders) this.#takeFound(finder, row, { isSure });
    }
  }

  /** `isSure`: what is found there lets the row pass. */
  #takeFound(finder: RowsByValue<FilterSeat>, row: number, { isSure }: { readonly isSure: boolean }): void {
    for (let n = 0, seat = finder.seatAt(row, 0); seat !== undefined; seat = finder.seatAt(row, ++n)) {
      if (!isSure && !seat.isTrue(row)) continue;
      if (seat.count === 0) this.#reached.push(seat);
      seat.take(row);
    }
  }

  /** All rows beyond a limit are among those that pass the filter with the next lower one. */
  #selectByLimit(frame: Frame, mask: Uint8Array | undefined, finder: RowsByLimit<FilterSeat>): void {
    finder.open(frame);
    this.#rows = growUint32(this.#rows, frame.length);
    let from = this.#rows;
    let count = finder.select(frame, mask, from);
    let before = finder.entries[0];
    for (const entry of finder.entries) {
      if (entry.limit !== before!.limit) {
        from = before!.seat.rows;
        count = before!.seat.count;
      }
      if (count === 0) return;
      entry.seat.takeFrom(from, count);
      if (entry.seat.count > 0) this.#reached.push(entry.seat);
      before = entry;
    }
  }
}

type FilterIndexContext = OperatorContext & { readonly keys: { readonly columns: readonly Column[] } };

/** The index sees the frames. */
function filterFoundBy(column: string, node: FilterNode, context: OperatorContext): Operator {
  return {
    ...STATELESS,
    node,
    foundBy: column,
    get source() {
      return compileMask(node.condition, { ...context, name: node.id }).source;
    },
    process: () => undefined,
  };
}
