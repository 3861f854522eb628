import type { JobWarning } from './job-options.ts';
import type { OverBudget } from './state-budget.ts';

/** What the user is told of a rule that stopped. */
export function pausedWarning({ rule, bytes, budget, budgetBytes }: OverBudget): JobWarning {
  const of =
    budget === 'rule'
      ? `its budget of ${megabytes(budgetBytes)}`
      : `the budget of ${megabytes(budgetBytes)} for all rules`;
  return {
    code: 'MR6010',
    message: `rule ${rule} is paused: its state takes ${megabytes(bytes)}, and ${budget === 'rule' ? 'that is over' : 'all together is over'} ${of}`,
    hint: 'everything else goes on; with a greater budget the rule starts again, empty, at the next start',
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
