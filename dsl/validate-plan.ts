import { type Plan, PLAN_VERSION, type PlanNode } from './plan.ts';
import {
  checkCompute,
  checkDetector,
  checkFilter,
  checkHistory,
  checkLookup,
  checkRange,
  checkSelect,
} from './validate/columns.ts';
import { checkRoute, checkStore } from './validate/ends.ts';
import { type NodeCheck, PlanCheck } from './validate/plan-check.ts';
import { PlanError, Problems, recordAt, show } from './validate/problems.ts';
import { checkRule } from './validate/rule.ts';
import { checkAlerts, checkSide, checkSilence, checkSource, checkTable } from './validate/sources.ts';
import { checkJoin, checkMatches, checkMerge, checkRekey } from './validate/streams.ts';
import { checkWindow } from './validate/windows.ts';

export { PlanError } from './validate/problems.ts';

/**
 * Checks a plan that comes from outside as plain JSON: its version, the kinds of its nodes, that each reads what stands
 * before it, that columns exist and have the types that expressions give them. Returns it typed; nothing is changed.
 * Cost: linear in the plan. Throws a PlanError (MR7010) that lists what is wrong, each with its JSON path.
 */
export function validatePlan(json: unknown): Plan {
  const problems = new Problems();
  const plan = recordAt(json, '$', problems);
  if (plan !== null && plan['version'] !== PLAN_VERSION) {
    problems.add('$.version', `is ${show(plan['version'])}; this engine runs version ${PLAN_VERSION}`);
  } else if (plan !== null) {
    new PlanCheck(problems, NODE_CHECKS).nodes(plan['nodes']);
  }
  if (problems.list.length > 0) throw new PlanError(problems.list);
  return json as Plan; // checked just now
}

const NODE_CHECKS = {
  source: checkSource,
  side: checkSide,
  table: checkTable,
  alerts: checkAlerts,
  filter: checkFilter,
  select: checkSelect,
  compute: checkCompute,
  range: checkRange,
  history: checkHistory,
  detector: checkDetector,
  lookup: checkLookup,
  silence: checkSilence,
  rekey: checkRekey,
  merge: checkMerge,
  'interval-join': checkJoin,
  'latest-join': checkJoin,
  'tumbling-window': checkWindow,
  'hopping-window': checkWindow,
  'session-window': checkWindow,
  'state-window': checkWindow,
  'count-window': checkWindow,
  match: checkMatches,
  rule: checkRule,
  route: checkRoute,
  store: checkStore,
} as const satisfies Record<PlanNode['kind'], NodeCheck>;
