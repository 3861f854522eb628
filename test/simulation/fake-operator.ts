import { ACTION_KINDS, type Plan } from '../../dsl/plan.ts';
import type { InputEntry, NewEntries, RecordedInput } from '../../engine/recorded-input.ts';
import { ACTIONS, actionContent } from '../../engine/operators/rule/operator-action.ts';
import { isSame } from '../../engine/scenario/same-value.ts';
import type { Actor } from './world.ts';

/** What operators have done so far, in all lives. */
export class OperatorRecord {
  readonly taken = new Map<number, InputEntry>(); // by sequence
  left: number;

  constructor(random: () => number) {
    this.left = Math.floor(random() * MOST_ACTIONS);
  }
}

/** Operators who act on any rule and key, whether there is an alert or not. `isStill`: they do nothing more. */
export class FakeOperator implements RecordedInput {
  readonly input = ACTIONS;
  readonly #options: FakeOperatorOptions;
  readonly #rules: readonly string[];

  constructor(options: FakeOperatorOptions) {
    this.#options = options;
    this.#rules = options.plan.nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : []));
  }

  /** One that was recorded is the same for ever. */
  take(entry: InputEntry): void {
    const { taken } = this.#options.record;
    const before = taken.get(entry.sequence);
    if (before !== undefined && !isSame(before, entry)) {
      throw new Error(`entry ${entry.sequence} was ${JSON.stringify(before)} and is ${JSON.stringify(entry)}`);
    }
    taken.set(entry.sequence, entry);
  }

  async next(): Promise<NewEntries> {
    const { record, random, isStill } = this.#options;
    const count = isStill ? 0 : Math.min(record.left, Math.floor(random() * 3));
    record.left -= count;
    return { entries: Array.from({ length: count }, () => this.#act()), position: null };
  }

  async changed(signal: AbortSignal): Promise<void> {
    const { actor, random, record, isStill } = this.#options;
    await actor.sleep(isStill || record.left === 0 ? Infinity : random() * LONGEST_PAUSE_MS, signal);
  }

  /** Their effect is in the state of what they act on. */
  compact(): readonly InputEntry[] {
    return [];
  }

  async close(): Promise<void> {}

  #act() {
    const { random } = this.#options;
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
    return actionContent({
      action: pick(ACTION_KINDS),
      rule: pick(this.#rules),
      key: [`id ${Math.floor(random() ** 3 * 40)}`],
      alert: null,
      by: pick(['Eva', 'Jo']),
      comment: random() < 0.3 ? 'seen' : null,
      durationUs: random() < 0.5 ? Math.floor(random() * 60e6) : null,
    });
  }
}

export type FakeOperatorOptions = {
  readonly plan: Plan;
  readonly record: OperatorRecord;
  readonly actor: Actor;
  readonly random: () => number;
  readonly isStill: boolean;
};

const MOST_ACTIONS = 60;
const LONGEST_PAUSE_MS = 30;
