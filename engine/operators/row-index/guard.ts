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
  /** And where alone it may be true as well: not below or above any of these. */
  readonly limits: readonly LimitGuard[];
};
export type LimitGuard = { readonly kind: 'at-least' | 'at-most'; readonly column: string; readonly limit: number };

/** All that a condition has. A limit only stands for a whole condition: `temp > 0 and …` would let nearly every row pass. */
export function guardsOf(condition: Expression): readonly Guard[] {
  switch (condition.kind) {
    case 'and': {
      const parts = guardsOfParts(condition);
      const limits = parts.filter(guard => guard.kind !== 'equals');
      return parts.filter(guard => guard.kind === 'equals').map(guard => ({ ...guard, limits }));
    }
    case 'or':
      return guardsOfAny([guardsOf(condition.left), guardsOf(condition.right)]);
    default:
      return guardsOfParts(condition);
  }
}

/** Those of its parts: beyond such a limit it need not be true. */
function guardsOfParts(condition: Expression): readonly Guard[] {
  switch (condition.kind) {
    case 'and':
      return [...guardsOfParts(condition.left), ...guardsOfParts(condition.right)];
    case 'or':
      return guardsOfAny([guardsOfParts(condition.left), guardsOfParts(condition.right)]);
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
export function guardsOfAny<Some extends Guard>(alternatives: readonly (readonly Some[])[]): readonly Some[] {
  return alternatives.reduce(
    (some, others) => some.flatMap(guard => others.flatMap(other => (eitherOf(guard, other) as Some | null) ?? [])), // as: it is of their kind
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
  if (a.kind === 'equals') return b.kind === 'equals' ? equalToEither(a, b) : null;
  if (a.kind !== b.kind) return null;
  return { ...a, limit: a.kind === 'at-least' ? Math.min(a.limit, b.limit) : Math.max(a.limit, b.limit) };
}

function equalToEither(a: EqualsGuard, b: EqualsGuard): EqualsGuard {
  return { ...a, values: [...new Set([...a.values, ...b.values])], limits: guardsOfAny([a.limits, b.limits]) };
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
  return [{ kind: 'equals', column: operand.column, type: operand.type, values: [...new Set(values)], limits: [] }];
}

/** Qualities, severities and bools have too few values for it to be worth while. */
const HAS_INDEX: ReadonlySet<ValueType> = new Set(['symbol', 'string', 'float', 'int', 'time', 'duration']);
