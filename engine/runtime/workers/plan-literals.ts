import type { Plan } from '../../../dsl/plan.ts';

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
  return [...texts];
}
