import type { Plan } from '../../../dsl/plan.ts';
import type { JobWarning } from '../job-options.ts';
import { pausedWarning } from '../paused-warning.ts';
import { type PassedBudget, StateBudget, type StateBudgets } from '../state-budget.ts';
import type { Workers } from '../workers/workers.ts';

/** Rules that take more memory than they may: they stop, and everything else goes on. */
export class PausedRules {
  readonly #budget: StateBudget | undefined; // undefined: rules may take any
  readonly #paused: Record<string, PassedBudget>;
  readonly #onWarning: (warning: JobWarning) => void;

  constructor(options: {
    readonly plan: Plan;
    readonly budgets: StateBudgets | undefined;
    /** Those that were paused before, and stay so. */
    readonly paused: Readonly<Record<string, PassedBudget>>;
    readonly onWarning: (warning: JobWarning) => void;
  }) {
    const { plan, budgets } = options;
    this.#paused = { ...options.paused };
    this.#budget = budgets && new StateBudget(plan, budgets, this.names);
    this.#onWarning = options.onWarning;
  }

  get names(): string[] {
    return Object.keys(this.#paused);
  }

  /** Stops those that are over their budget by now. */
  pauseOver(workers: Workers): void {
    if (this.#budget === undefined) return;
    const over = this.#budget.check(workers.stateBytes());
    if (over.length === 0) return;
    workers.pause(over.map(({ rule }) => rule));
    for (const found of over) {
      this.#paused[found.rule] = { budget: found.budget, budgetBytes: found.budgetBytes };
      this.#onWarning(pausedWarning(found));
    }
  }

  /** As a checkpoint has it. */
  state(): Record<string, PassedBudget> {
    return { ...this.#paused };
  }
}
