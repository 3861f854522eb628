import type { Plan, SourceNode } from '../../dsl/plan.ts';

/**
 * Which stored source is which of the next plan: first the one of the same name, then one of the same declaration, then
 * one that reads the same. Each is taken once. By id of the next plan; sources without a partner are not there.
 */
export function pairSources(stored: Plan, next: Plan): ReadonlyMap<string, SourceNode> {
  const pairs = new Map<string, SourceNode>();
  const left = new Set(stored.nodes.filter(isSource));
  for (const likenessOf of LIKENESSES) {
    const candidates = Map.groupBy(left, likenessOf);
    for (const source of next.nodes.filter(isSource)) {
      const partner = pairs.has(source.id) ? undefined : candidates.get(likenessOf(source))?.shift();
      if (partner === undefined) continue;
      pairs.set(source.id, partner);
      left.delete(partner);
    }
  }
  return pairs;
}

/**
 * Whether a position in the one is a position in the other. The folder that an address is relative to is as the user
 * wrote it, seen from the working directory, so it tells nothing: connectors know another file by its content.
 */
export function readsTheSame(stored: SourceNode, next: SourceNode): boolean {
  return addressOf(stored) === addressOf(next);
}

const LIKENESSES: readonly ((source: SourceNode) => string)[] = [source => source.id, declarationOf, addressOf];

function isSource(node: Plan['nodes'][number]): node is SourceNode {
  return node.kind === 'source';
}

function declarationOf(source: SourceNode): string {
  const fields = source.fields.map(({ isNeeded: _, ...field }) => field);
  return JSON.stringify({ ...source, id: null, fields });
}

function addressOf({ connector, address, codec }: SourceNode): string {
  return JSON.stringify([connector, address, codec]);
}
