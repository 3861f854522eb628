import type { ComputeNode, Expression, RuleNode } from '../../../dsl/plan.ts';

/**
 * Rules that are raised where an alert of this one would be over if it fired: it may fire though none of its levels holds
 * any more, and where a shadow begins nobody knows whether it does. Behind such an instant it is known.
 */
export function quietRules(rule: RuleNode): readonly (ComputeNode | RuleNode)[] {
  const { clear, clearAfterUs, input, levels } = rule;
  const nodes: (ComputeNode | RuleNode)[] = [];
  if (clear !== null) nodes.push(watching(rule, { when: clear.when, forUs: clear.forUs, which: 'clear' }));
  if (clearAfterUs !== null) {
    const id = `${rule.id}#quiet`;
    const expression: Expression = { kind: 'not', type: 'bool', operand: anyOf(levels.map(({ when }) => when)) };
    nodes.push({ kind: 'compute', id, input, expression });
    nodes.push(watching(rule, { when: id, forUs: clearAfterUs, which: 'after' }));
  }
  return nodes;
}

/** Whether its alerts may fire though no level holds. */
export function mayLinger({ clear, clearAfterUs }: RuleNode): boolean {
  return clear !== null || clearAfterUs !== null;
}

/** By its name: whether it is such a rule, of this one or of any. */
export function isQuietRule(name: string, of?: RuleNode): boolean {
  return of === undefined ? name.includes(MARK) : name.startsWith(`${of.name}${MARK}`);
}

function watching(
  { id, name, input, quality }: RuleNode,
  { when, forUs, which }: { readonly when: string; readonly forUs: number; readonly which: string },
): RuleNode {
  return {
    kind: 'rule',
    id: `${id}${MARK}${which}`,
    name: `${name}${MARK}${which}`,
    input,
    levels: [{ severity: 'info', when, forUs, gapUs: null }],
    clear: null,
    clearAfterUs: null,
    while: null,
    cooldownUs: 0,
    quality,
    message: null,
    values: [],
    labels: {},
  };
}

function anyOf([first, ...others]: readonly string[]): Expression {
  const column = (name: string): Expression => ({ kind: 'column', type: 'bool', column: name });
  const right = column(first!); // a rule has a level
  return others.length === 0 ? right : { kind: 'or', type: 'bool', left: anyOf(others), right };
}

/** No rule of a file has it in its name. */
const MARK = '#quiet ';
