import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { READINGS } from '../readings-file.ts';

/** Rules that cost about so many times their source, and give little, so that it is not what is measured. */
export type RuleSet = {
  readonly name: string;
  readonly plan: Plan;
  readonly events: number;
  /** Streams whose rows come out. */
  readonly rowStreams: readonly string[];
};

export const RULE_SETS: readonly RuleSet[] = [
  ruleSet('cheap', { rules: 'rule hot on s { high when temperature > 95 for 2s }', events: 2_000_000, rowStreams: [] }),
  ofGroups('6 times', { groups: 9, events: 1_000_000 }),
  ofGroups('12 times', { groups: 16, events: 600_000 }),
  ofGroups('20 times', { groups: 26, events: 400_000 }),
];

function ofGroups(name: string, { groups, events }: { readonly groups: number; readonly events: number }): RuleSet {
  const rules = Array.from({ length: groups }, (_, group) => groupOf(group)).join('\n');
  return ruleSet(name, { rules, events, rowStreams: ['summary_0'] });
}

/** A range, a window and three rules, that share nothing with other groups. */
function groupOf(group: number): string {
  const field = ['temperature', 'vibration', 'pressure'][group % 3]!;
  const sizeS = 20 + group;
  return `rule above_${group} on s { high when temperature > 2.2 * avg(temperature, ${sizeS}s) and status == 1 }
stream summary_${group} = from s window tumbling ${sizeS}s
  select avg(${field}) as mean, min(${field}) as low, max(${field}) as high, stddev(${field}) as spread
rule wide_${group} on summary_${group} { high when high - low > 97 and spread > 19 }
rule held_${group} on s { high when temperature + vibration > ${85 + group / 2} for ${3 + (group % 5)}s }`;
}

function ruleSet(
  name: string,
  { rules, ...rest }: { readonly rules: string } & Pick<RuleSet, 'events' | 'rowStreams'>,
): RuleSet {
  const { plan, diagnostics } = compile({ file: `${name}.mill`, text: READINGS + rules });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return { name, plan, ...rest };
}
