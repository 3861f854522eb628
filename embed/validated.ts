import type { Plan } from '../dsl/plan.ts';
import { PlanError, validatePlan } from '../dsl/validate-plan.ts';
import { MillraceError } from '../engine/errors.ts';
import type { PlanJson } from './plan-json.ts';

/** A plan that comes from wherever, as one that can run. Errors: MR7010. */
export function validated(plan: PlanJson): Plan {
  try {
    return validatePlan(plan);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    throw new MillraceError(error.code, error.message.replace(/^MR7010: /, ''), { cause: error });
  }
}
