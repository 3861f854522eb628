import type { FilterNode } from '../../../dsl/plan.ts';
import type { Operator } from '../../operator.ts';
import { FilterIndex } from '../../operators/filter-index.ts';
import { createOperator } from '../../operators/index.ts';
import type { Guard } from '../../operators/row-index/guard.ts';
import type { Building } from './building.ts';
import type { BuiltOperators } from './built-operators.ts';
import { BuiltView } from './built-view.ts';
import type { EarlyRows, EarlySlots } from './early-rows.ts';
import { FoundRows } from './found-rows.ts';
import { IndexedFilters } from './indexed-filters.ts';

/** The filters of a plan: each by itself, or in the index of its view. */
export class BuiltFilters {
  readonly #building: Building;
  readonly #operators: BuiltOperators;
  readonly #early: EarlyRows;
  readonly #indexed: IndexedFilters;
  readonly #indexes = new Map<string, FilterIndex>(); // by view
  readonly #ofEarlyRows = new Map<string, Operator>(); // by filter node

  constructor(building: Building, parts: { readonly operators: BuiltOperators; readonly early: EarlyRows }) {
    const { options, readers } = building;
    this.#building = building;
    this.#operators = parts.operators;
    this.#early = parts.early;
    this.#indexed = new IndexedFilters(options.plan, { ...options, readers });
  }

  add(node: FilterNode): void {
    const { frames } = this.#building;
    const input = frames.view(node.input);
    const early = this.#early.among(node.input);
    const guard = early === undefined ? this.#indexed.guardOf(node) : undefined;
    if (guard !== undefined) return this.#addFound(node, input, guard);
    const mask = input.frame.addSlot();
    this.#operators.add(node, input, { outputSlots: [mask], next: undefined });
    frames.addView(node.id, new BuiltView({ frame: input.frame, mask, fields: input.fields, parent: input.slots }));
    if (early !== undefined) this.#addOfEarlyRows(node, input, early);
  }

  remove(operator: Operator): void {
    const { id } = operator.node;
    const ofEarlyRows = this.#ofEarlyRows.get(id);
    if (ofEarlyRows !== undefined) this.#building.frames.frameOf(operator).remove(ofEarlyRows);
    if (operator.node.kind === 'filter') this.#indexes.get(operator.node.input)?.remove(operator);
  }

  /** In the index of its view. */
  #addFound(node: FilterNode, input: BuiltView, guard: Guard): void {
    const { frames, options } = this.#building;
    const index = this.#indexOf(node, input);
    if (!this.#indexed.isReadForRows(node)) {
      const slot = input.frame.addSlot();
      frames.register(index.add(node, { guard, output: { kind: 'mask', slot } }), input.frame);
      const { frame, fields, slots } = input;
      frames.addView(node.id, new BuiltView({ frame, mask: slot, fields, parent: slots }));
      return;
    }
    const { keys } = input.frame;
    const next = new FoundRows(node.id, { keys, times: options.times, from: input.slots });
    frames.addFrame(next, { ...frames.placeOf(input.frame), tellsTime: false });
    const view = { frame: next, mask: undefined, fields: input.fields, parent: next.slots };
    frames.addView(node.id, new BuiltView(view));
    frames.register(index.add(node, { guard, output: { kind: 'frame', next } }), input.frame);
  }

  #indexOf({ input: viewId }: FilterNode, input: BuiltView): FilterIndex {
    let index = this.#indexes.get(viewId);
    if (index === undefined) {
      const made = new FilterIndex(this.#operators.contextOf(input));
      this.#indexes.set(viewId, (index = made));
      input.frame.addOperator(made, undefined);
      input.frame.addTap(frame => made.giveOut(frame));
    }
    return index;
  }

  /** The same condition asked of early rows. It has no state, and nobody reads its rows but taps. */
  #addOfEarlyRows(node: FilterNode, { frame, slots }: BuiltView, early: EarlySlots): void {
    const mask = frame.addSlot();
    const operator = createOperator(node, this.#operators.contextOf({ frame, slots, mask: early.mask }, [mask]));
    frame.addOperator(operator, undefined);
    this.#ofEarlyRows.set(node.id, operator);
    this.#early.addFilter(node.id, { ...early, mask });
  }
}
