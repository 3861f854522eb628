import { type MatchNode, type PatternPart, type Plan, type RuleNode, SEVERITIES } from '../../dsl/plan.ts';
import type { AlertChange } from '../operator.ts';
import type { ScenarioResult } from './run-scenario.ts';

/** What of a rule tests reach. */
export type RuleCoverage = {
  readonly rule: string;
  /** At least one test raises it. */
  readonly isReached: boolean;
  /** Its levels that no test's alert has had, from info to critical; then `clear`, if no test clears it. */
  readonly missing: readonly string[];
};

/** In the order of the file. */
export function coverageOf(plan: Plan, results: readonly ScenarioResult[]): RuleCoverage[] {
  const outputs = results.flatMap(result => [...result.outputs.values()].flat());
  const changes = outputs.flatMap(output => (output.kind === 'alert' ? [output.alert] : []));
  const rules = plan.nodes.filter(node => node.kind === 'rule');
  return rules.map(rule =>
    ruleCoverage(
      rule,
      changes.filter(change => change.rule === rule.name),
    ),
  );
}

function ruleCoverage(rule: RuleNode, changes: readonly AlertChange[]): RuleCoverage {
  const levels = SEVERITIES.filter(severity => rule.levels.some(level => level.severity === severity));
  const reached = new Set<string>(changes.map(change => change.level));
  const missing: string[] = levels.filter(level => !reached.has(level));
  if (!changes.some(change => change.change === 'cleared')) missing.push('clear');
  return { rule: rule.name, isReached: changes.length > 0, missing };
}

/** The steps of a pattern that no event of any test was bound to. */
export type PatternCoverage = { readonly pattern: string; readonly missing: readonly string[] };

/** Of each pattern by the name of its stream, or of the rule that it is of; in the order of the file. */
export function patternCoverage(plan: Plan, results: readonly ScenarioResult[]): PatternCoverage[] {
  const patterns = plan.nodes.filter(node => node.kind === 'match');
  return patterns.map(node => {
    const reached = results.reduce((events, { reachedEvents }) => events | (reachedEvents.get(node.id) ?? 0), 0);
    const missing = stepsOf(node.root).filter(event => (reached & (1 << event)) === 0);
    return { pattern: node.id.slice(0, node.id.indexOf('#')), missing: missing.map(event => stepText(node, event)) };
  });
}

function stepsOf(part: PatternPart): readonly number[] {
  if (part.kind === 'event') return [part.event];
  return part.kind === 'absence' ? [] : part.parts.flatMap(stepsOf);
}

/** Its name; where several have it, which of them. */
function stepText({ events }: MatchNode, event: number): string {
  const { name } = events[event]!;
  const isAlone = events.every((other, index) => index === event || other.name !== name);
  return isAlone ? name : `${name} (number ${event + 1} in the pattern)`;
}
