import { type Expression, mapOperands, type ValueType } from '../../../dsl/plan.ts';
import { functionOf } from '../../functions/index.ts';
import type { Functions } from '../../functions/own-functions.ts';

/**
 * Where alone a condition may be true: where a column has one of these values, or is not below or above a limit. Beyond its
 * limit it is true.
 */
export type Guard = EqualsGuard | LimitGuard;
export type EqualsGuard = {
  readonly kind: 'equals';
  readonly column: string;
  readonly type: ValueType;
  readonly values: readonly (string | number)[];
};
export type LimitGuard = { readonly kind: 'at-least' | 'at-most'; readonly column: string; readonly limit: number };

/** All that a condition has. A limit only stands for a whole condition: `temp > 0 and …` would let nearly every row pass. */
export function guardsOf(condition: Expression): readonly Guard[] {
  switch (condition.kind) {
    case 'and':
      return [...guardsOf(condition.left), ...guardsOf(condition.right)].filter(guard => guard.kind === 'equals');
    case 'or':
      return guardsOfAny([guardsOf(condition.left), guardsOf(condition.right)]);
    case 'compare':
      return [
        ...guardsOfComparison(condition.operator, condition.left, condition.right),
        ...guardsOfComparison(MIRRORED[condition.operator], condition.right, condition.left),
      ];
    case 'in':
      return equalTo(condition.operand, condition.items);
    default:
      return [];
  }
}

/** What is left to be asked of a condition at a row that it was found by: where the guard's column has one of the guard's values. */
export function beyondGuard(condition: Expression, guard: Guard): Expression {
  if (guard.kind !== 'equals') return condition;
  switch (condition.kind) {
    case 'and': {
      const left = beyondGuard(condition.left, guard);
      const right = beyondGuard(condition.right, guard);
      if (left === TRUE) return right;
      return right === TRUE ? left : { ...condition, left, right };
    }
    case 'compare':
    case 'in':
      return guardsOf(condition).some(own => isImplied(own, guard)) ? TRUE : condition;
    default:
      return condition;
  }
}

const TRUE: Expression = { kind: 'literal', type: 'bool', value: true };

function isImplied(own: Guard, { column, values }: EqualsGuard): boolean {
  return own.kind === 'equals' && own.column === column && values.every(value => own.values.includes(value));
}

/** Of several conditions, where it matters whether any is true. */
export function guardsOfAny(alternatives: readonly (readonly Guard[])[]): readonly Guard[] {
  return alternatives.reduce((some, others) =>
    some.flatMap(guard => others.flatMap(other => eitherOf(guard, other) ?? [])),
  );
}

/** Functions of the program are called as often as ever: once for each row. */
export function callsOwn(expression: Expression, functions: Functions): boolean {
  let isFound = expression.kind === 'call' && functionOf(expression.function, functions).isOwn === true;
  mapOperands(expression, operand => {
    isFound ||= callsOwn(operand, functions);
    return operand;
  });
  return isFound;
}

function eitherOf(a: Guard, b: Guard): Guard | null {
  if (a.column !== b.column) return null;
  if (a.kind === 'equals')
    return b.kind === 'equals' ? { ...a, values: [...new Set([...a.values, ...b.values])] } : null;
  if (a.kind !== b.kind) return null;
  return { ...a, limit: a.kind === 'at-least' ? Math.min(a.limit, b.limit) : Math.max(a.limit, b.limit) };
}

type Operator = Extract<Expression, { kind: 'compare' }>['operator'];

const MIRRORED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } satisfies Record<
  Operator,
  Operator
>;

function guardsOfComparison(operator: Operator, left: Expression, right: Expression): readonly Guard[] {
  if (left.kind !== 'column' || right.kind !== 'literal') return [];
  if (operator === '==') return equalTo(left, [right]);
  if (operator === '!=' || typeof right.value !== 'number') return [];
  const kind = operator === '>' || operator === '>=' ? 'at-least' : 'at-most';
  return [{ kind, column: left.column, limit: right.value }];
}

/** Nothing is equal to null. */
function equalTo(operand: Expression, items: readonly Expression[]): readonly EqualsGuard[] {
  if (operand.kind !== 'column' || !HAS_INDEX.has(operand.type)) return [];
  const values: (string | number)[] = [];
  for (const item of items) {
    if (item.kind !== 'literal') return [];
    if (typeof item.value === 'string' || typeof item.value === 'number') values.push(item.value);
  }
  return [{ kind: 'equals', column: operand.column, type: operand.type, values: [...new Set(values)] }];
}

/** Qualities, severities and bools have too few values for it to be worth while. */
const HAS_INDEX: ReadonlySet<ValueType> = new Set(['symbol', 'string', 'float', 'int', 'time', 'duration']);
