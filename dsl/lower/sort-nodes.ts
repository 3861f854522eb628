import { addedColumns, type PlanNode } from '../plan.ts';
import { inputOf, readsOf } from './node-columns.ts';

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

/** A node needs its inputs, the rules whose alerts it reads, and what adds the columns that it reads; so do the nodes that these columns come through. */
function needsOf(nodes: readonly PlanNode[]): Map<PlanNode, Set<PlanNode>> {
  const byId = new Map(nodes.map(node => [node.id, node]));
  const adders = new Map(nodes.flatMap(node => addedColumns(node).map(column => [column, node] as const)));
  const needs = new Map(nodes.map(node => [node, new Set<PlanNode>()]));
  for (const node of nodes) {
    if (node.kind === 'alerts') for (const rule of node.rules) needs.get(node)!.add(byId.get(rule)!);
    for (const { view, columns } of readsOf(node)) {
      const input = byId.get(view);
      if (input !== undefined) needs.get(node)!.add(input); // `alerts` of a route is none
      for (const adder of columns.flatMap(column => adders.get(column) ?? [])) {
        if (node !== adder) needs.get(node)!.add(adder);
        for (const between of viewsBetween(view, adder, byId)) needs.get(between)!.add(adder);
      }
    }
  }
  return needs;
}

/** The nodes from a view back to the one that a column is added to, which is not among them. */
function viewsBetween(view: string, adder: PlanNode, byId: ReadonlyMap<string, PlanNode>): PlanNode[] {
  const between: PlanNode[] = [];
  const addedTo = inputOf(adder);
  let at = view;
  while (at !== addedTo) {
    const node = byId.get(at);
    if (node === undefined || node === adder) break;
    between.push(node);
    const through = inputOf(node);
    if (through === null) break;
    at = through;
  }
  return between;
}
