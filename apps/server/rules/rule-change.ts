import type { Plan } from '../../../dsl/plan.ts';
import { fillPlan } from '../../../engine/plan-change/fill-plan.ts';
import { type StateLine, stateLines } from '../../../engine/plan-change/state-lines.ts';
import { type WarmUp, warmUps } from '../../../engine/plan-change/warm-up.ts';
import { matchState } from '../../../engine/state-identity.ts';

/** What becomes of the state when one plan takes the place of another. */
export type RuleChange = {
  readonly lines: readonly StateLine[];
  readonly kept: number;
  readonly filled: number;
  readonly empty: number;
  readonly gone: number;
  /** Rules of which the alerts go on; those of others are forgotten. */
  readonly keptRules: ReadonlySet<string>;
  /** By rule: how much event time has to pass until it sees as far back as it says. */
  readonly warmUps: ReadonlyMap<string, WarmUp>;
};

export function ruleChange(stored: Plan, next: Plan): RuleChange {
  const match = matchState(stored, next);
  const fill = fillPlan(match, { stored, next });
  const lines = stateLines(match, { stored, next }, fill);
  const count = (state: StateLine['state']) => lines.filter(line => line.state === state).length;
  const rules = next.nodes.filter(node => node.kind === 'rule');
  return {
    lines,
    kept: count('kept'),
    filled: count('filled'),
    empty: count('empty'),
    gone: count('gone'),
    keptRules: new Set(rules.filter(({ id }) => match.nodes.get(id)?.kept === true).map(({ name }) => name)),
    warmUps: warmUps(match, next, fill),
  };
}
