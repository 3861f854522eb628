import type { Plan, PlanNode } from '../../../dsl/plan.ts';
import { PlanReaders } from './plan-readers.ts';

/**
 * How a plan is divided among workers. `keyed`: what needs one key at a time; every worker runs it for the keys of its
 * partitions. `lanes`: of each source with streams that are keyed anew (`by site`) or of alerts, these and what they read; a lane
 * runs whole on one worker and sees all events of its sources in order, since what one key finds there depends on which
 * others were heard of before it (docs/decisions/0004 and 0006). Sources that meet share a lane.
 */
export type PlanSlices = { readonly keyed: Plan; readonly lanes: readonly Lane[] };

/** The id is that of its first source in the plan. */
export type Lane = { readonly id: string; readonly sources: readonly string[]; readonly plan: Plan };

export function slicePlan(plan: Plan): PlanSlices {
  const readers = new PlanReaders(plan);
  const ofAllKeys = plan.nodes.filter(node => readers.isOfAllKeys(node));
  const others = plan.nodes.filter(node => !readers.isOfAllKeys(node));
  const lanes = sourcesThatMeet(
    plan,
    ofAllKeys.map(node => readers.sourcesOf(node)),
  ).map((sources): Lane => {
    const needed = readers.withInputs(ofAllKeys.filter(isOf(sources, readers)));
    return { id: sources[0]!, sources, plan: { ...plan, nodes: plan.nodes.filter(node => needed.has(node.id)) } };
  });
  const dropped = new Set(
    lanes.flatMap(lane =>
      lane.sources.flatMap(source => {
        const own = others.filter(isOf([source], readers));
        return isWholeIn(lane.plan, own) ? own.map(node => node.id) : [];
      }),
    ),
  );
  return {
    keyed: {
      ...plan,
      nodes: usedAmong(
        others.filter(node => !dropped.has(node.id)),
        readers,
      ),
    },
    lanes,
  };
}

/** Without what serves lanes alone: the ids of all that is not there for others are names, without a `#`. */
function usedAmong(nodes: readonly PlanNode[], readers: PlanReaders): PlanNode[] {
  const used = readers.withInputs(nodes.filter(({ id }) => !id.includes('#')));
  return nodes.filter(({ id }) => used.has(id));
}

/** Whether each key can be run by itself, wherever that is: no rule needs all keys together. */
export function isSharable(plan: Plan): boolean {
  return slicePlan(plan).lanes.length === 0;
}

/** Where every other node of a source leads to a rekey, its lane is enough. The rows of a route are there as well. */
function isWholeIn(lane: Plan, nodes: readonly PlanNode[]): boolean {
  return nodes.every(node => node.kind === 'route' || lane.nodes.includes(node));
}

function isOf(sources: readonly string[], readers: PlanReaders): (node: PlanNode) => boolean {
  return node => readers.sourcesOf(node).some(source => sources.includes(source));
}

/** The sources of these lists, in the order of the plan: those that are in one list are together. */
function sourcesThatMeet(plan: Plan, lists: readonly (readonly string[])[]): string[][] {
  let groups: (readonly string[])[] = [];
  for (const list of lists) {
    const met = groups.filter(group => group.some(source => list.includes(source)));
    groups = [...groups.filter(group => !met.includes(group)), [...new Set([...met.flat(), ...list])]];
  }
  const inOrder = plan.nodes.map(node => node.id);
  return groups
    .map(group => inOrder.filter(id => group.includes(id)))
    .sort((a, b) => inOrder.indexOf(a[0]!) - inOrder.indexOf(b[0]!));
}
