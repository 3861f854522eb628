import type { Plan, PlanNode, SelectNode } from '../../../dsl/plan.ts';
import { frameOf } from './frame-of.ts';
import type { Judgement, RecordedRow } from './record-scenario.ts';
import type { BoundEvent, MatchLane } from './timeline.ts';

export function isOfMatches(node: PlanNode, plan: Plan): boolean {
  return frameOf(node, plan).kind === 'match';
}

/** The rows of a stream of matches; `text`: what a row says. */
export function matchLane(
  { id }: SelectNode,
  rows: readonly RecordedRow[],
  text: (row: RecordedRow) => string,
): MatchLane {
  return { kind: 'matches', label: id, matches: rows.map(row => match(row.atUs, row.bound, text(row))) };
}

/** The matches that a rule sees, and at which any of its levels holds. */
export function ruleMatchLane(judgements: readonly Judgement[]): MatchLane[] {
  const held = judgements.filter(({ levels }) => levels.includes(true));
  if (held.length === 0) return [];
  return [{ kind: 'matches', label: 'matches', matches: held.map(({ atUs, bound }) => match(atUs, bound, '')) }];
}

function match(atUs: number, bound: readonly BoundEvent[], text: string): MatchLane['matches'][number] {
  return { fromUs: bound[0]?.atUs ?? atUs, toUs: atUs, bound, text };
}
