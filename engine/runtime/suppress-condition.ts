import type { Suppression } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import { interpret } from '../expression/interpret.ts';
import type { Functions } from '../functions/own-functions.ts';

/** What a rule's `suppress` asks of, and its answer. Runs where something happens to an alert, so it is interpreted. */
export class SuppressCondition {
  readonly #suppress: Suppression;
  readonly #functions: Functions | undefined;
  readonly #places: ReadonlyMap<string, number>; // of inputs, by column

  constructor(suppress: Suppression, functions: Functions | undefined) {
    this.#suppress = suppress;
    this.#functions = functions;
    this.#places = new Map(suppress.columns.map(({ column }, place) => [column, place]));
  }

  /** Names of the alerts that are asked of, given what is read of a row. */
  askedOf(inputs: readonly Scalar[]): readonly string[] {
    return this.#suppress.alerts.map(({ rule, key }) => {
      const values = key.map(column => inputs[this.#places.get(column)!]!);
      return alertName(rule, values);
    });
  }

  /** True, not false and not null. */
  holds(inputs: readonly Scalar[], isFiring: (alert: string) => boolean): boolean {
    const asked = this.askedOf(inputs);
    const answers = new Map(this.#suppress.alerts.map(({ column }, i) => [column, isFiring(asked[i]!)]));
    const read = (column: string): Scalar => answers.get(column) ?? inputs[this.#places.get(column)!]!;
    return interpret(this.#suppress.condition, read, this.#functions) === true;
  }
}

/** Of a rule's id, and the values of its key. */
export function alertName(rule: string, key: readonly Scalar[]): string {
  return JSON.stringify([rule, ...key]);
}
