import type { Plan, PlanNode } from '../../../dsl/plan.ts';
import { PlanReaders } from './plan-readers.ts';

/**
 * How a plan is divided among workers. `keyed`: what needs one key at a time; every worker runs it for the keys of its
 * partitions. `lanes`: of each source with streams that are keyed anew (`by site`) or of alerts, these and what they read; a lane
 * runs whole on one worker and sees all events of its source in order, since what one key finds there depends on which
 * others were heard of before it (docs/decisions/0004 and 0006).
 */
export type PlanSlices = { readonly keyed: Plan; readonly lanes: ReadonlyMap<string, Plan> };

export function slicePlan(plan: Plan): PlanSlices {
  const readers = new PlanReaders(plan);
  const ofAllKeys = plan.nodes.filter(node => readers.isOfAllKeys(node));
  const lanes = new Map<string, Plan>();
  for (const source of new Set(ofAllKeys.map(node => readers.sourceOf(node)!))) {
    const needed = readers.withInputs(ofAllKeys.filter(node => readers.sourceOf(node) === source));
    lanes.set(source, { ...plan, nodes: plan.nodes.filter(node => needed.has(node.id)) });
  }
  const others = plan.nodes.filter(node => !readers.isOfAllKeys(node));
  const inLaneOnly = [...lanes].filter(([source, lane]) => isWholeIn(lane, others.filter(isOf(source, readers))));
  const dropped = new Set(inLaneOnly.flatMap(([source]) => others.filter(isOf(source, readers)).map(node => node.id)));
  return { keyed: { ...plan, nodes: others.filter(node => !dropped.has(node.id)) }, lanes };
}

/** Whether each key can be run by itself, wherever that is: no rule needs all keys together. */
export function isSharable(plan: Plan): boolean {
  return slicePlan(plan).lanes.size === 0;
}

/** Where every other node of a source leads to a rekey, its lane is enough. The rows of a route are there as well. */
function isWholeIn(lane: Plan, nodes: readonly PlanNode[]): boolean {
  return nodes.every(node => node.kind === 'route' || lane.nodes.includes(node));
}

function isOf(source: string, readers: PlanReaders): (node: PlanNode) => boolean {
  return node => readers.sourceOf(node) === source;
}
