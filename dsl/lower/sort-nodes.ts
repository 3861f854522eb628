import type { PlanNode } from '../plan.ts';
import { columnsAddedBy, columnsReadBy, inputOf } from './node-columns.ts';

/**
 * Nodes in topological order, otherwise in that of the file. Order of creation is not enough: an aggregate that joins
 * an older node may read a column that is younger than this node.
 */
export function sortNodes(nodes: readonly PlanNode[]): PlanNode[] {
  const needs = needsOf(nodes);
  const sorted: PlanNode[] = [];
  const state = new Map<PlanNode, 'open' | 'done'>();
  for (const root of nodes) {
    const path: { readonly node: PlanNode; readonly needs: readonly PlanNode[]; next: number }[] = [];
    const open = (node: PlanNode) => {
      state.set(node, 'open');
      path.push({ node, needs: [...needs.get(node)!], next: 0 });
    };
    if (!state.has(root)) open(root);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const needed = top.needs[top.next++];
      if (needed === undefined) {
        state.set(top.node, 'done');
        sorted.push(top.node);
        path.pop();
      } else if (!state.has(needed)) {
        open(needed);
      } else if (state.get(needed) === 'open') {
        throw new Error(`MR9001: the plan's nodes ${top.node.id} and ${needed.id} need each other`);
      }
    }
  }
  return sorted;
}

/** A node needs its input, the rules whose alerts it reads, and what adds the columns that it reads; so do the nodes that these columns come through. */
function needsOf(nodes: readonly PlanNode[]): Map<PlanNode, Set<PlanNode>> {
  const byId = new Map(nodes.map(node => [node.id, node]));
  const adders = new Map(nodes.flatMap(node => columnsAddedBy(node).map(column => [column, node] as const)));
  const needs = new Map(nodes.map(node => [node, new Set<PlanNode>()]));
  for (const node of nodes) {
    const input = byId.get(inputOf(node) ?? '');
    if (input !== undefined) needs.get(node)!.add(input);
    if (node.kind === 'alerts') for (const rule of node.rules) needs.get(node)!.add(byId.get(rule)!);
    for (const column of columnsReadBy(node)) {
      const adder = adders.get(column);
      if (adder === undefined) continue;
      const addedTo = inputOf(adder);
      let reader: PlanNode | undefined = node;
      while (reader !== undefined && reader !== adder) {
        needs.get(reader)!.add(adder);
        const through = inputOf(reader);
        if (through === null || through === addedTo) break;
        reader = byId.get(through);
      }
    }
  }
  return needs;
}
