import { PLAN_VERSION, type Plan } from '../dsl/plan.ts';
import { type StateLine, stateLines } from '../engine/plan-change/state-lines.ts';
import { readStoredPlan } from '../engine/runtime/checkpoint/stored-plan.ts';
import { NodeDisk } from '../engine/runtime/node-disk.ts';
import { matchState } from '../engine/state-identity.ts';
import type { PlanJson } from './plan-json.ts';
import { validated } from './validated.ts';

const NOTHING: Plan = { version: PLAN_VERSION, nodes: [] };

/**
 * What `start(plan, { state })` would take over of a folder of state, and what would start empty and why: what `millrace plan`
 * shows. The folder is only read, and may be in use. Cost: that of the plans.
 *
 * Errors: MR7010 the plan cannot run · MR6002, MR6003, MR6006 the folder cannot be read.
 */
export async function stateChanges(plan: PlanJson, state: string): Promise<readonly StateLine[]> {
  const next = validated(plan);
  const stored = (await readStoredPlan(new NodeDisk(), state)) ?? NOTHING;
  return stateLines(matchState(stored, next), { stored, next });
}
