import { ALERT_CHANGES, type Plan } from '../../../dsl/plan.ts';

/** Every text that an expression of the plan compares with or gives, in order: symbols that all threads need. */
export function literalTexts(plan: Plan): string[] {
  const texts = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const node = value as { readonly kind?: unknown; readonly value?: unknown };
    if (node.kind === 'literal' && typeof node.value === 'string') texts.add(node.value);
    for (const member of Object.values(value)) visit(member);
  };
  visit(plan.nodes);
  if (plan.nodes.some(node => node.kind === 'alerts')) for (const text of alertTexts(plan)) texts.add(text);
  return [...texts];
}

/** What changes of alerts may say as events: their kinds, the names of rules, their labels. */
function alertTexts(plan: Plan): string[] {
  const rules = plan.nodes.filter(node => node.kind === 'rule');
  return [...ALERT_CHANGES, ...rules.flatMap(({ name, labels }) => [name, ...Object.values(labels)])];
}
