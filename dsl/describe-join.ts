import { describeDuration } from './describe-expression.ts';
import type { IntervalJoinNode, LatestJoinNode } from './plan.ts';

/** What makes rows belong together, as the language says it. */
export function describeJoin(node: IntervalJoinNode | LatestJoinNode): string {
  const word = node.join === 'inner' ? 'join' : `${node.join} join`;
  if (node.kind === 'interval-join') return `${word} within ${describeDuration(node.withinUs)} ${node.direction}`;
  return `${word} latest${node.withinUs === null ? '' : ` within ${describeDuration(node.withinUs)}`}`;
}
