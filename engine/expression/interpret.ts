import type { Expression, ValueType } from '../../dsl/plan.ts';
import { SEVERITIES } from '../../dsl/plan.ts';
import { QUALITY_WORDS, type Scalar } from '../batch.ts';
import { functionOf, scalarFunctions } from '../functions/index.ts';
import type { ScalarFunction } from '../functions/function.ts';
import type { Functions } from '../functions/own-functions.ts';

/**
 * The value of an expression over plain values: the oracle that generated code (`compile.ts`) is held equal to, bit for
 * bit, and the way to evaluate one row where speed does not matter. `read` gives a column's value, `time` included.
 */
export function interpret(
  expression: Expression,
  read: (column: string) => Scalar,
  functions: Functions = scalarFunctions,
): Scalar {
  const evaluate = (operand: Expression): Scalar => interpret(operand, read, functions);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'column':
      return read(expression.column);
    case 'negate': {
      const value = evaluate(expression.operand);
      return value === null ? null : -value;
    }
    case 'not':
      return not(evaluate(expression.operand));
    case 'and':
      return and(evaluate(expression.left), evaluate(expression.right));
    case 'or':
      return or(evaluate(expression.left), evaluate(expression.right));
    case 'compare':
      return compare(expression.operator, evaluate(expression.left), evaluate(expression.right), expression.left.type);
    case 'arithmetic':
      return arithmetic(expression.operator, evaluate(expression.left), evaluate(expression.right));
    case 'coalesce':
      return evaluate(expression.left) ?? evaluate(expression.right);
    case 'is-null':
      return evaluate(expression.operand) === null;
    case 'in': {
      const value = evaluate(expression.operand);
      return expression.items
        .map(item => compare('==', value, evaluate(item), expression.operand.type))
        .reduce(or, value === null ? null : false);
    }
    case 'case': {
      const branch = expression.branches.find(({ when }) => evaluate(when) === true);
      return evaluate(branch === undefined ? expression.otherwise : branch.then);
    }
    case 'call':
      return call(functionOf(expression.function, functions), expression.arguments, evaluate);
  }
}

type Operator<Kind> = Extract<Expression, { kind: Kind; operator: unknown }>['operator'];

function not(value: Scalar): Scalar {
  return value === null ? null : !value;
}

function and(left: Scalar, right: Scalar): Scalar {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
}

function or(left: Scalar, right: Scalar): Scalar {
  if (left === true || right === true) return true;
  return left === null || right === null ? null : false;
}

function compare(operator: Operator<'compare'>, left: Scalar, right: Scalar, type: ValueType): Scalar {
  if (left === null || right === null) return null;
  const a = rank(left, type);
  const b = rank(right, type);
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** Qualities run from good to bad, severities from info to critical; texts are compared by UTF-16 code units. */
function rank(value: number | string | boolean, type: ValueType): number | string | boolean {
  if (type === 'quality') return (QUALITY_WORDS as readonly unknown[]).indexOf(value);
  if (type === 'severity') return (SEVERITIES as readonly unknown[]).indexOf(value);
  return value;
}

function arithmetic(operator: Operator<'arithmetic'>, left: Scalar, right: Scalar): Scalar {
  if (left === null || right === null) return null;
  const a = left as number; // the checker has seen to it
  const b = right as number;
  switch (operator) {
    case '+':
      return finite(a + b);
    case '-':
      return finite(a - b);
    case '*':
      return finite(a * b);
    case '/':
      return finite(a / b);
  }
}

function call(
  { evaluate, byType }: ScalarFunction,
  expressions: readonly Expression[],
  valueOf: (expression: Expression) => Scalar,
): Scalar {
  const values = expressions.map(valueOf);
  if (values.includes(null)) return null;
  const firstType = expressions[0]?.type;
  const chosen = (firstType === undefined ? undefined : byType?.[firstType]) ?? evaluate;
  const result = (chosen as (...values: Scalar[]) => Scalar)(...values); // types: the checker's
  return typeof result === 'number' ? finite(result) : result;
}

function finite(value: number): Scalar {
  return Number.isFinite(value) ? value : null;
}
