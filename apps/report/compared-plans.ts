import type { Plan } from '../../dsl/plan.ts';
import { type DrawnPanel, type DrawnPlan, drawnPlan, type DrawnRule, streamsOf } from './drawn-plan.ts';

/** What is drawn of two versions of rules, each of which is run with the streams that it gives for that. */
export type ComparedPlans = {
  readonly before: DrawnVersion;
  readonly after: DrawnVersion;
  /** How many fields each stream has, of both. */
  readonly streams: ReadonlyMap<string, number>;
  /** Those of `after` in its order, then those that it does not have. */
  readonly rules: readonly DrawnRule[];
  readonly rulesLeftOut: number;
};

/** `streams`: ids of those that are drawn. */
export type DrawnVersion = { readonly plan: Plan; readonly streams: readonly string[] };

/**
 * A rule is drawn as `after` has it: what both look at once, by its name and unit. What `before` alone looks
 * at is drawn below it, and limits that it alone has are drawn with what they are of.
 */
export function comparedPlans(plans: { readonly before: Plan; readonly after: Plan }): ComparedPlans {
  const before = drawnPlan(plans.before, { version: 'before' });
  const after = drawnPlan(plans.after, { version: 'after' });
  const old = new Map(before.rules.map(rule => [rule.name, rule]));
  const names = new Set(plans.after.nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : [])));
  const gone = before.rules.filter(({ name }) => !names.has(name));
  const rules = [
    ...after.rules.map(rule => withBefore(rule, old.get(rule.name))),
    ...gone.map(({ name, panels }) => ({ name, panels: panels.map(panel => ofBefore(panel, panel.lines)) })),
  ];
  const drawn = new Set(rules.flatMap(streamsOf));
  const fieldCounts = [...before.streams, ...after.streams].filter(([stream]) => drawn.has(stream));
  return {
    before: versionOf(before, drawn),
    after: versionOf(after, drawn),
    streams: new Map(fieldCounts),
    rules,
    rulesLeftOut: before.rulesLeftOut + after.rulesLeftOut,
  };
}

/** Without the streams that nothing is drawn of: the other version has the same. */
function versionOf({ plan, streams }: DrawnPlan, drawn: ReadonlySet<string>): DrawnVersion {
  return {
    plan: { ...plan, nodes: plan.nodes.filter(({ id }) => !streams.has(id) || drawn.has(id)) },
    streams: [...streams.keys()].filter(stream => drawn.has(stream)),
  };
}

function withBefore(rule: DrawnRule, old: DrawnRule | undefined): DrawnRule {
  if (old === undefined) return rule;
  const panels = [...rule.panels];
  const alone: DrawnPanel[] = [];
  for (const panel of old.panels) {
    const at = panels.findIndex(other => isOfTheSame(other, panel));
    const same = panels[at];
    const lines = panel.lines.filter(({ text }) => same?.lines.some(line => line.text === text) !== true);
    // With the limits of all of its lines, as nothing says of which they are.
    if (lines.length > 0) alone.push(ofBefore(panel, lines));
    else if (same !== undefined) panels[at] = { ...same, limits: [...same.limits, ...limitsOfBefore(panel, same)] };
  }
  return { name: rule.name, panels: [...panels, ...alone] };
}

function isOfTheSame(a: DrawnPanel, b: DrawnPanel): boolean {
  if (a.kind !== b.kind || a.unit !== b.unit) return false;
  return a.lines.some(({ text }) => b.lines.some(line => line.text === text));
}

function limitsOfBefore({ limits }: DrawnPanel, after: DrawnPanel): DrawnPanel['limits'] {
  const others = limits.filter(
    ({ text, value }) => !after.limits.some(one => one.text === text && one.value === value),
  );
  return others.map(limit => ({ ...limit, text: `${BEFORE}${limit.text}`, severity: null }));
}

function ofBefore(panel: DrawnPanel, lines: DrawnPanel['lines']): DrawnPanel {
  return {
    ...panel,
    lines: lines.map(({ field, text }) => ({ field, text: `${BEFORE}${text}` })),
    limits: panel.limits.map(limit => ({ ...limit, text: `${BEFORE}${limit.text}` })),
  };
}

const BEFORE = 'before: ';
