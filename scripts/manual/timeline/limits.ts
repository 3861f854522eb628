import { describeDuration } from '../../../dsl/describe-expression.ts';
import type { Expression, Field, Plan, RuleNode } from '../../../dsl/plan.ts';
import { type Judgement, streamOf } from './record-scenario.ts';
import { chartValue, shownValue } from './shown-value.ts';
import type { Limit, Tone } from './timeline.ts';

/** What a rule compares values with, by the name of the value; `judgements` are of the rule and one key. */
export function limitsOf(
  rule: RuleNode,
  plan: Plan,
  judgements: readonly Judgement[],
): ReadonlyMap<string, readonly Limit[]> {
  const limits = new Map<string, Limit[]>();
  const valueOf = (column: string) => rule.values.find(field => field.column === column);
  const add = (column: string, { word, tone }: { readonly word: string; readonly tone: Tone }) => {
    for (const { operand, operator, against } of comparisonsOf(conditionOf(column, plan))) {
      const compared = valueOf(operand);
      const other = typeof against === 'number' ? null : valueOf(against.column);
      if (compared === undefined || other === undefined) continue;
      const said = other?.name ?? shownValue(against as number, compared); // as: without a column it is a number
      const steps = other === null ? [] : stepsOf(other, judgements);
      const last = other === null ? chartValue(against as number, compared) : steps.at(-1)?.value;
      if (last === null || last === undefined) continue;
      const known = limits.get(compared.name) ?? [];
      limits.set(compared.name, [...known, { value: last, steps, text: `${word} ${operator} ${said}`, tone }]);
    }
  };
  for (const { severity, when } of rule.levels) add(when, { word: severity, tone: severity });
  if (rule.clear !== null) add(rule.clear.when, { word: 'clear', tone: 'clear' });
  if (rule.while !== null) add(rule.while.condition, { word: 'while', tone: 'muted' });
  return limits;
}

/** What the `where` of streams and rules that read a source compares its field with. */
export function whereLimits(field: Field, source: string, plan: Plan): Limit[] {
  const filters = plan.nodes.filter(node => node.kind === 'filter').filter(node => streamOf(node, plan) === source);
  return filters.flatMap(({ id, condition }) =>
    comparisonsOf(condition).flatMap(({ operand, operator, against }): Limit[] => {
      if (operand !== field.name || typeof against !== 'number') return [];
      const text = `${readerOf(id)} ${operator} ${shownValue(against, field)}`;
      return [{ value: chartValue(against, field)!, steps: [], text, tone: 'muted' }];
    }),
  );
}

/** What the events of patterns are compared with, by a field of a source; where several streams meet, too. */
export function patternLimits(field: Field, source: string, plan: Plan): Limit[] {
  const made = new Map(
    plan.nodes.flatMap(node =>
      node.kind === 'merge'
        ? node.inputs.flatMap(({ columns }) => columns.map(one => [one.name, one.column] as const))
        : [],
    ),
  );
  const patterns = plan.nodes.filter(node => node.kind === 'match');
  const limits = patterns.flatMap(({ events }) =>
    events.flatMap(({ name, when }): Limit[] => {
      const column = when === null ? null : (made.get(when) ?? when);
      const node = plan.nodes.find(({ id }) => id === column);
      if (node === undefined || node.kind !== 'compute' || streamOf(node, plan) !== source) return [];
      return comparisonsOf(node.expression).flatMap(({ operand, operator, against }): Limit[] => {
        if (operand !== field.name || typeof against !== 'number') return [];
        const text = `${name} ${operator} ${shownValue(against, field)}`;
        return [{ value: chartValue(against, field)!, steps: [], text, tone: 'muted' }];
      });
    }),
  );
  return limits.filter(({ text }, i) => limits.findIndex(other => other.text === text) === i);
}

/** `weak#where` is of the stream `weak`, `rule:hot#where` of the rule `hot`. */
function readerOf(filter: string): string {
  return filter.slice(filter.indexOf(':') + 1, filter.indexOf('#'));
}

function stepsOf(field: Field, judgements: readonly Judgement[]): Limit['steps'] {
  return judgements.flatMap(({ atUs, values }) => {
    const value = chartValue(values[field.name], field);
    return value === null ? [] : [{ atUs, value }];
  });
}

/** `x > 85 for 30s` without the condition: what of a level's time the lane's label says. */
export function timeText({ forUs, gapUs }: { readonly forUs: number; readonly gapUs?: number | null }): string {
  const gap = gapUs === undefined || gapUs === null ? '' : ` gap ${describeDuration(gapUs)}`;
  return forUs === 0 ? '' : ` for ${describeDuration(forUs)}${gap}`;
}

type Comparison = {
  readonly operand: string;
  readonly operator: string;
  readonly against: number | { readonly column: string };
};

/** Columns that an expression compares with numbers, or with other columns. */
function comparisonsOf(expression: Expression | null): Comparison[] {
  if (expression === null) return [];
  if (expression.kind === 'and' || expression.kind === 'or') {
    return [...comparisonsOf(expression.left), ...comparisonsOf(expression.right)];
  }
  if (expression.kind !== 'compare') return [];
  const { left, right, operator } = expression;
  if (left.kind !== 'column') return [];
  const comparison = { operand: left.column, operator: SIGNS[operator] };
  if (right.kind === 'column' && right.type !== 'symbol') return [{ ...comparison, against: { column: right.column } }];
  if (right.kind !== 'literal' || typeof right.value !== 'number') return [];
  return [{ ...comparison, against: right.value }];
}

const SIGNS = { '==': '=', '!=': '≠', '<': '<', '<=': '≤', '>': '>', '>=': '≥' } as const;

function conditionOf(column: string, plan: Plan): Expression | null {
  const node = plan.nodes.find(({ id }) => id === column);
  return node?.kind === 'compute' ? node.expression : null;
}
