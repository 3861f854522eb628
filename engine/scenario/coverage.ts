import { type Plan, type RuleNode, SEVERITIES } from '../../dsl/plan.ts';
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
