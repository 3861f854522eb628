import { describeExpression } from '../../dsl/describe-expression.ts';
import { type Expression, SEVERITIES } from '../../dsl/plan.ts';
import type { Gaps } from './gaps.ts';
import { epochMs } from './instant.ts';
import { isNonZero, SCALAR_CALLS } from './scalar-calls.ts';
import { inDoubles, numberText } from './doubles.ts';
import { atom, BINDING, type Sql, within } from './sql.ts';
import { textLiteral } from './sql-text.ts';

/** What an expression reads: columns by the plan's names, with how the SQL around it calls them. */
export type Columns = (column: string) => Sql;

/** SQL's logic is Kleene's too, and so are its nulls; what differs is arithmetic, which here is in doubles as ours is. */
export function scalarSql(expression: Expression, columns: Columns, gaps: Gaps): Sql {
  const sql = (operand: Expression) => scalarSql(operand, columns, gaps);
  switch (expression.kind) {
    case 'literal':
      return literalSql(expression, gaps);
    case 'column':
      return columns(expression.column);
    case 'negate': {
      const operand = sql(expression.operand);
      return { ...operand, text: `-${within(operand, BINDING.atom)}`, binding: BINDING.sign };
    }
    case 'not':
      return logic(`NOT ${within(sql(expression.operand), BINDING.not + 1)}`, BINDING.not);
    case 'and':
    case 'or': {
      const binding = BINDING[expression.kind];
      const word = expression.kind.toUpperCase();
      return logic(
        `${within(sql(expression.left), binding)} ${word} ${within(sql(expression.right), binding)}`,
        binding,
      );
    }
    case 'compare':
      return compareSql(expression, sql);
    case 'arithmetic':
      return arithmeticSql(expression, sql);
    case 'coalesce': {
      const [left, right] = [sql(expression.left), sql(expression.right)];
      return atom(`COALESCE(${left.text}, ${right.text})`, left.isDouble || right.isDouble);
    }
    case 'is-null':
      return logic(`${within(sql(expression.operand), BINDING.sum)} IS NULL`, BINDING.compare);
    case 'in': {
      const items = expression.items.map(item => sql(item).text);
      return logic(`${within(sql(expression.operand), BINDING.sum)} IN (${items.join(', ')})`, BINDING.compare);
    }
    case 'case':
      return caseSql(expression, sql);
    case 'call':
      return callSql(expression, sql, gaps);
  }
}

/** False or null. */
export function isNotTrue(condition: Sql): Sql {
  return logic(`${within(condition, BINDING.sum)} IS NOT TRUE`, BINDING.compare);
}

export function allOf(conditions: readonly Sql[]): Sql {
  if (conditions.length === 1) return conditions[0]!;
  return logic(conditions.map(condition => within(condition, BINDING.and)).join(' AND '), BINDING.and);
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;
type ToSql = (expression: Expression) => Sql;

function logic(text: string, binding: number): Sql {
  return { text, binding, isDouble: false };
}

function literalSql({ type, value }: Of<'literal'>, gaps: Gaps): Sql {
  if (value === null) return atom('NULL');
  if (typeof value === 'boolean') return atom(value ? 'TRUE' : 'FALSE');
  if (typeof value === 'string') return atom(textLiteral(value));
  if (type === 'time') return atom(gaps.add('a fixed time', 'it is not written in rules'));
  const text = numberText(value);
  return { text, binding: value < 0 ? BINDING.sign : BINDING.atom, isDouble: text.includes('E') };
}

function compareSql({ operator, left, right }: Of<'compare'>, sql: ToSql): Sql {
  const isRanked = (left.type === 'quality' || left.type === 'severity') && operator !== '==' && operator !== '!=';
  const side = (operand: Expression) => within(isRanked ? rankSql(operand, sql) : sql(operand), BINDING.sum);
  return logic(`${side(left)} ${COMPARISONS[operator]} ${side(right)}`, BINDING.compare);
}

const COMPARISONS = { '==': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

const QUALITIES = ['good', 'uncertain', 'bad'];

/** Words that have an order of their own. */
function rankSql(operand: Expression, sql: ToSql): Sql {
  const words: readonly unknown[] = operand.type === 'severity' ? SEVERITIES : QUALITIES;
  if (operand.kind === 'literal' && operand.value !== null) return atom(String(words.indexOf(operand.value)));
  const ranks = words.map((word, rank) => `WHEN ${textLiteral(String(word))} THEN ${rank}`);
  return atom(`CASE ${sql(operand).text} ${ranks.join(' ')} END`);
}

function arithmeticSql(expression: Of<'arithmetic'>, sql: ToSql): Sql {
  const { operator, left, right, type } = expression;
  if (left.type === 'time' || right.type === 'time') return timeSql(expression, sql);
  const isWhole = type !== 'float' && operator !== '/';
  const [a, b] = isWhole ? [sql(left), sql(right)] : inDoubles(sql(left), sql(right));
  const binding = operator === '+' || operator === '-' ? BINDING.sum : BINDING.product;
  const divisor = operator === '/' && !isNonZero(right) ? atom(`NULLIF(${b.text}, 0)`) : b;
  const text = `${within(a, binding)} ${operator} ${within(divisor, binding + 1)}`;
  return { text, binding, isDouble: a.isDouble || b.isDouble };
}

/** The time between two instants, or an instant so long before or after another. */
function timeSql({ operator, left, right, type }: Of<'arithmetic'>, sql: ToSql): Sql {
  const ms = (operand: Expression) =>
    operand.type === 'time' ? epochMs(sql(operand)) : `${within(sql(operand), BINDING.product)} / 1000`;
  const text = `${ms(left)} ${operator} ${ms(right)}`;
  return atom(type === 'time' ? `TO_TIMESTAMP_LTZ(${text}, 3)` : `((${text}) * 1000)`);
}

function caseSql({ branches, otherwise }: Of<'case'>, sql: ToSql): Sql {
  const results = [...branches.map(({ then }) => sql(then)), sql(otherwise)];
  const lines = branches.map(({ when }, index) => `WHEN ${sql(when).text} THEN ${results[index]!.text}`);
  return atom(
    `CASE ${lines.join(' ')} ELSE ${results.at(-1)!.text} END`,
    results.some(({ isDouble }) => isDouble),
  );
}

function callSql(expression: Of<'call'>, sql: ToSql, gaps: Gaps): Sql {
  const call = expression.version === undefined ? SCALAR_CALLS[expression.function] : undefined;
  const result = call?.(expression.arguments.map(sql), expression.arguments);
  if (result !== undefined) return atom(result, expression.type === 'float');
  const construct = `\`${describeExpression(expression)}\``;
  const why = expression.version === undefined ? 'Flink SQL has no such function' : 'it is a function of the program';
  return atom(gaps.add(construct, why));
}
