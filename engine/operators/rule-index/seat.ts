import type { Expression, RuleNode } from '../../../dsl/plan.ts';
import type { RuleOperator } from '../rule.ts';
import { isReadWhenQuiet } from '../rule/condition-reader.ts';
import type { RuleTruths } from '../rule/rule-truths.ts';
import type { Truth } from '../rule/truth.ts';
import type { ConditionForms, FormedCondition } from './condition-forms.ts';
import type { CurrentFrame } from './current-frame.ts';
import type { Findable } from './row-finder.ts';

/** A rule in an index, with its conditions as tests of rows. */
export class Seat implements RuleTruths, Findable {
  readonly place: number; // among the index's rules
  readonly readsQuiet: boolean;
  rule: RuleOperator | undefined; // made after its seat
  /** Which entry it was given last, of those that the index has handled. A seat is found by more than one value, or watches too. */
  handled = 0;
  readonly levels: readonly FormedCondition[];
  readonly #clear: FormedCondition | null;
  readonly #while: FormedCondition | null;
  readonly #current: CurrentFrame;
  #openNumber = 0; // of the frame that is open in the rule

  constructor(
    node: RuleNode,
    options: {
      readonly place: number;
      readonly current: CurrentFrame;
      readonly forms: ConditionForms;
      conditionOf(column: string): Expression;
    },
  ) {
    const { place, current, forms, conditionOf } = options;
    this.#current = current;
    const formed = (column: string) => forms.add(conditionOf(column));
    this.place = place;
    this.readsQuiet = isReadWhenQuiet(node);
    this.levels = node.levels.map(({ when }) => formed(when));
    this.#clear = node.clear && formed(node.clear.when);
    this.#while = node.while && formed(node.while.condition);
  }

  /** Whether the rule has to see a row though it does not watch the key. */
  isCandidate(row: number): boolean {
    for (let level = 0; level < this.levels.length; level++) {
      const { form, place } = this.levels[level]!;
      if (form.isTrue(row, place)) return true;
    }
    return false;
  }

  /** The rule, to be given entries of the current frame. */
  opened(): RuleOperator {
    const { number, frame } = this.#current;
    if (this.#openNumber !== number) {
      this.#openNumber = number;
      this.rule!.open(frame);
    }
    return this.rule!;
  }

  /** Tests are opened when they are asked. */
  open(): void {}

  level(level: number, row: number): Truth {
    const { form, place } = this.levels[level]!;
    return form.truth(row, place);
  }

  clear(row: number): Truth {
    const { form, place } = this.#clear!;
    return form.truth(row, place);
  }

  while(row: number): Truth {
    const { form, place } = this.#while!;
    return form.truth(row, place);
  }
}
