import type { Guard } from './guard.ts';

/** With fewer, the columns of their conditions are as fast. benchmark: throughput/100-thresholds with fewer rules */
const LEAST = 8;

/** By which of its guards each is found; one that is not there is not worth an index. */
export function bestGuards<Node>(
  candidates: readonly { readonly node: Node; readonly guards: readonly Guard[] }[],
  { isPreferred }: { readonly isPreferred: (guard: Guard) => boolean },
): ReadonlyMap<Node, Guard> {
  const weights = weightsOf(candidates.flatMap(({ guards }) => guards));
  const weightOf = (guard: Guard) => weights.get(placeOf(guard))! + (isPreferred(guard) ? 1e9 : 0);
  const guardOf = new Map<Node, Guard>();
  for (const { node, guards } of candidates) {
    const worthwhile = guards.filter(guard => weights.get(placeOf(guard))! >= LEAST);
    const [best] = worthwhile.toSorted((a, b) => weightOf(b) - weightOf(a));
    if (best !== undefined) guardOf.set(node, best);
  }
  return guardOf;
}

/** Where it leads: to one finder for all that have such a guard. */
export function placeOf({ kind, column }: Guard): string {
  return `${kind} ${column}`;
}

/** How many conditions a limit is worth, and into how many groups values divide the rows. */
function weightsOf(guards: readonly Guard[]): ReadonlyMap<string, number> {
  const weightOf = (some: readonly Guard[]) => {
    const values = some.flatMap(guard => (guard.kind === 'equals' ? guard.values : []));
    return some[0]!.kind === 'equals' ? new Set(values).size : some.length;
  };
  return new Map([...Map.groupBy(guards, placeOf)].map(([place, some]) => [place, weightOf(some)]));
}
