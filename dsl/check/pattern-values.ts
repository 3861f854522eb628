import type { BoundValue } from '../plan.ts';
import { ColumnNames } from './columns.ts';
import type { Checked } from './scope.ts';

/** A value that matches have: its name within the statement, and its unit for those who read it. */
export type CheckedBoundValue = BoundValue & { readonly unit: Checked['unit'] };

/** What is kept of the events that a pattern binds: as much as is asked for, each once. */
export class PatternValues {
  readonly #names = new ColumnNames();
  readonly #byName = new Map<string, CheckedBoundValue>();

  get list(): readonly CheckedBoundValue[] {
    return [...this.#byName.values()];
  }

  find(name: string): CheckedBoundValue | undefined {
    return this.#byName.get(name);
  }

  /** `text`: as a rule file writes it. */
  ask(text: string, value: Omit<CheckedBoundValue, 'name'>): string {
    const { event, take, column } = value;
    const { column: name, isNew } = this.#names.nameFor(text, [event, take, column]);
    if (isNew) this.#byName.set(name, { name, ...value });
    return name;
  }
}
