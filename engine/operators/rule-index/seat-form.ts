import type { RuleNode } from '../../../dsl/plan.ts';
import { SparseKeySlots } from '../rule/key-slots.ts';
import { messageParts } from '../rule/message.ts';
import { RuleForm, type RuleFormContext } from '../rule/rule-form.ts';
import type { RuleTruths } from '../rule/rule-truths.ts';
import type { Truth } from '../rule/truth.ts';
import type { ConditionForm, FormedCondition } from '../row-index/condition-forms.ts';
import type { CurrentFrame } from '../row-index/current-frame.ts';
import type { Seat } from './seat.ts';
import type { WatchedKeys } from './watched-keys.ts';

/** Seats whose rules are of one form: what these know is kept together, and opened once for a frame. */
export class SeatForm implements RuleTruths {
  readonly rules: RuleForm;
  readonly #places: number[] = []; // of seats in the index, by the rules' numbers
  readonly #levels: readonly FormedConditions[];
  readonly #clear: FormedConditions;
  readonly #while: FormedConditions;
  readonly #current: CurrentFrame;
  #openNumber = 0; // of the frame that is open in the rules

  constructor(
    node: RuleNode,
    options: Omit<RuleFormContext, 'keys' | 'truths'> & {
      readonly current: CurrentFrame;
      readonly watched: WatchedKeys;
    },
  ) {
    const { watched } = options;
    this.#current = options.current;
    this.#levels = node.levels.map(() => new FormedConditions());
    this.#clear = new FormedConditions();
    this.#while = new FormedConditions();
    const keys = new SparseKeySlots((keyId, rule, isWatched) => {
      if (isWatched) watched.add(keyId, this.#places[rule]!);
      else watched.remove(keyId, this.#places[rule]!);
    });
    this.rules = new RuleForm(node, { ...options, keys, truths: this });
  }

  /** Its rule is the next that the form gets. */
  add(seat: Seat): void {
    const number = this.#places.push(seat.place) - 1;
    seat.levels.forEach((condition, level) => this.#levels[level]!.add(condition));
    if (seat.clear !== null) this.#clear.add(seat.clear);
    if (seat.while !== null) this.#while.add(seat.while);
    seat.join(this, number);
  }

  /** The rules, to be given entries of the current frame. */
  opened(): RuleForm {
    const { number } = this.#current;
    if (this.#openNumber !== number) {
      this.#openNumber = number;
      this.rules.open(this.#current.frame);
    }
    return this.rules;
  }

  /** Tests are opened when they are asked. */
  open(): void {}

  level(level: number, row: number, rule: number): Truth {
    return this.#levels[level]!.truth(row, rule);
  }

  clear(row: number, rule: number): Truth {
    return this.#clear.truth(row, rule);
  }

  while(row: number, rule: number): Truth {
    return this.#while.truth(row, rule);
  }
}

/** One condition of each rule: all of them are of one form. */
class FormedConditions {
  #form: ConditionForm | undefined;
  readonly #places: number[] = []; // by rule

  add({ form, place }: FormedCondition): void {
    this.#form = form;
    this.#places.push(place);
  }

  truth(row: number, rule: number): Truth {
    return this.#form!.truth(row, this.#places[rule]!);
  }
}

/** The same text, the same form: of rules that differ in names, texts and constants alone. */
export function formTextOf(
  node: RuleNode,
  { levels, clear, while: whileIs }: Conditions,
  keyFields: readonly string[],
): string {
  const { id: _, name: _n, labels: _l, cause: _c, consequence: _q, response: _r, runbook: _b, ...rest } = node;
  const formOf = (condition: Condition | null) => condition && condition.form.place;
  return JSON.stringify({
    ...rest,
    levels: node.levels.map((level, i) => ({ ...level, when: formOf(levels[i]!) })),
    clear: node.clear && { ...node.clear, when: formOf(clear) },
    while: node.while && { ...node.while, condition: formOf(whileIs) },
    suppress: node.suppress?.columns, // the rest of it is not the rule's own
    message: messageParts(node, keyFields).holes,
  });
}

type Condition = { readonly form: Pick<ConditionForm, 'place'> };
type Conditions = {
  readonly levels: readonly Condition[];
  readonly clear: Condition | null;
  readonly while: Condition | null;
};
