import type { Plan, StoreNode } from '../../../dsl/plan.ts';

/** The rows of a stream, asked for as those of a series: over history these are what is given, also from another thread. */
export function wantedRows(stream: string): StoreNode {
  return { kind: 'store', id: `store:${stream}`, input: stream, keepUs: null };
}

export function withWantedRows(plan: Plan, streams: readonly string[]): Plan {
  return { ...plan, nodes: [...plan.nodes, ...streams.map(wantedRows)] };
}
