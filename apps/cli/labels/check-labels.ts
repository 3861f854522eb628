import { hintFor } from '../../../dsl/did-you-mean.ts';
import type { Plan, RuleNode } from '../../../dsl/plan.ts';
import type { KnownFault } from '../../../engine/backtest/score-alerts.ts';
import { Identities, PlanIdentity } from '../../../engine/plan-change/plan-identity.ts';
import { CommandLineError } from '../command-line-error.ts';
import { secondText } from '../score/score-table.ts';

/**
 * Refuses labels that no alert of these plans could find for what they say: of a rule that is not there, or of a place that no
 * key of the rules has a part in. Errors: MR7362.
 */
export function checkLabels(faults: readonly KnownFault[], plans: readonly Plan[]): void {
  const keys = keysByRule(plans);
  for (const fault of faults) {
    if (fault.rule !== null && !keys.has(fault.rule)) throw noRule(fault, fault.rule, [...keys.keys()]);
    const names = Object.keys(fault.where);
    const possible = fault.rule === null ? [...keys.values()].flat() : keys.get(fault.rule)!;
    const isSomewhere =
      names.length === 0 || possible.some(key => key.length === 0 || key.some(name => names.includes(name)));
    if (!isSomewhere) throw noPlace(fault, [...new Set(possible.flat())]);
  }
}

/** Names of the fields of its key, in each plan. */
function keysByRule(plans: readonly Plan[]): ReadonlyMap<string, readonly (readonly string[])[]> {
  const keys = new Map<string, (readonly string[])[]>();
  for (const plan of plans) {
    const identity = new PlanIdentity(plan, { ids: new Identities(), rowsOf: () => 0 });
    for (const { name, input } of plan.nodes.filter((node): node is RuleNode => node.kind === 'rule')) {
      const key = identity.keyOf(input).map(field => field.name);
      keys.set(name, [...(keys.get(name) ?? []), key]);
    }
  }
  return keys;
}

function noRule(fault: KnownFault, rule: string, known: readonly string[]): CommandLineError {
  const hint = hintFor(rule, known, 'rules') ?? 'the files have no rule';
  return new CommandLineError('MR7362', `${described(fault)} is of a rule \`${rule}\`, and there is none`, hint);
}

function noPlace(fault: KnownFault, fields: readonly string[]): CommandLineError {
  const names = Object.keys(fault.where).join(', ');
  return new CommandLineError(
    'MR7362',
    `${described(fault)} says where it was by ${names}, and no key has such a field`,
    `fields of keys are ${fields.join(', ')}`,
  );
}

function described({ name, fromUs }: KnownFault): string {
  return `the label ${name === '' ? '' : `${JSON.stringify(name)} `}from ${secondText(fromUs)}`;
}
