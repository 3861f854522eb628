import type { Plan } from '../dsl/plan.ts';
import { MillraceError } from '../engine/errors.ts';
import { compile } from './compile.ts';
import type { Extensions } from './extensions.ts';
import type { PlanJson } from './plan-json.ts';
import type { Rules } from './rule-texts.ts';
import { validated } from './validated.ts';

/** Of rules, what they compile to. Errors: MR7200 they are wrong, with their report as message · MR7010 the plan cannot run. */
export function planOf(planOrRules: PlanJson | Rules, extensions: Extensions): Plan {
  if (typeof planOrRules === 'object' && 'nodes' in planOrRules) return validated(planOrRules);
  const { plan, report } = compile(planOrRules, extensions);
  if (plan === null) throw new MillraceError('MR7200', `the rules are wrong:\n${report}`);
  return validated(plan);
}
