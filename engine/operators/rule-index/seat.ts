import type { Expression, RuleNode } from '../../../dsl/plan.ts';
import type { RuleOperator } from '../rule.ts';
import { isReadWhenQuiet } from '../rule/condition-reader.ts';
import type { ConditionForm, ConditionForms, FormedCondition } from '../row-index/condition-forms.ts';
import type { Findable } from '../row-index/row-finder.ts';
import type { SeatForm } from './seat-form.ts';

/** A rule in an index, with its conditions as tests of rows. */
export class Seat implements Findable {
  readonly place: number; // among the index's rules
  readonly readsQuiet: boolean;
  rule: RuleOperator | undefined; // made after its seat
  /** Which entry it was given last, of those that the index has handled. A seat is found by more than one value, or watches too. */
  handled = 0;
  readonly levels: readonly FormedCondition[];
  readonly #firstForm: ConditionForm; // of its levels: most rules have one, whose parts are here
  readonly #firstPlace: number;
  readonly clear: FormedCondition | null;
  readonly while: FormedCondition | null;
  #form: SeatForm | undefined; // of its rule
  #number = 0; // of its rule in its form

  constructor(
    node: RuleNode,
    options: {
      readonly place: number;
      readonly forms: ConditionForms;
      conditionOf(column: string): Expression;
    },
  ) {
    const { place, forms, conditionOf } = options;
    const formed = (column: string) => forms.add(conditionOf(column));
    this.place = place;
    this.readsQuiet = isReadWhenQuiet(node);
    this.levels = node.levels.map(({ when }) => formed(when));
    this.#firstForm = this.levels[0]!.form;
    this.#firstPlace = this.levels[0]!.place;
    this.clear = node.clear && formed(node.clear.when);
    this.while = node.while && formed(node.while.condition);
  }

  /** Whether the rule has to see a row though it does not watch the key. */
  isCandidate(row: number): boolean {
    if (this.#firstForm.isTrue(row, this.#firstPlace)) return true;
    for (let level = 1; level < this.levels.length; level++) {
      const { form, place } = this.levels[level]!;
      if (form.isTrue(row, place)) return true;
    }
    return false;
  }

  /** Its rule is to be the next that the form gets. */
  join(form: SeatForm, number: number): void {
    this.#form = form;
    this.#number = number;
  }

  /** An entry of the current frame, for the rule. */
  take(entry: number, isRow: boolean): void {
    this.#form!.opened().take(this.#number, entry, isRow);
  }

  takeQuiet(row: number): void {
    this.#form!.opened().takeQuiet(this.#number, row);
  }
}
