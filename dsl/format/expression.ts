import type { Expression, StringLiteral, UnitText } from '../ast.ts';

/** How tightly an expression holds together: an operand that holds less than its place asks for stands in parentheses. */
export const BINDING = {
  any: 0,
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  coalesce: 5,
  sum: 6,
  product: 7,
  unary: 8,
  postfix: 9,
} as const;

const OPERATOR_BINDING = {
  or: BINDING.or,
  and: BINDING.and,
  '==': BINDING.comparison,
  '!=': BINDING.comparison,
  '<': BINDING.comparison,
  '<=': BINDING.comparison,
  '>': BINDING.comparison,
  '>=': BINDING.comparison,
  '??': BINDING.coalesce,
  '+': BINDING.sum,
  '-': BINDING.sum,
  '*': BINDING.product,
  '/': BINDING.product,
} as const;

export function formatExpression(expression: Expression, atLeast: number = BINDING.any): string {
  const text = PRINTERS[expression.kind](expression as never);
  return bindingOf(expression) < atLeast ? `(${text})` : text;
}

export function formatList(expressions: readonly Expression[]): string {
  return expressions.map(expression => formatExpression(expression)).join(', ');
}

export function formatString({ value }: StringLiteral): string {
  return quote(value);
}

type Of<Kind> = Extract<Expression, { kind: Kind }>;

const PRINTERS: { [Kind in Expression['kind']]: (expression: Of<Kind>) => string } = {
  number: ({ text, unit }) => text + unitSuffix(unit),
  duration: ({ text }) => text,
  string: ({ value }) => quote(value),
  boolean: ({ value }) => String(value),
  null: () => 'null',
  name: ({ name }) => name,
  member: ({ object, property }) => `${formatHolder(object)}.${property.name}`,
  index: ({ object, index }) => `${formatHolder(object)}[${formatList(index)}]`,
  path: ({ segments }) => `$${segments.map(pathSegment).join('')}`,
  call: call => `${call.name.name}(${formatList(call.arguments)})`,
  interval: formatRange,
  adapt: ({ after }) => `adapt ${after.text}`,
  season: ({ period }) => `season ${period.text}`,
  events: ({ count }) => `${count} events`,
  unary: formatUnary,
  binary: formatBinary,
  'is-null': ({ operand, isNegated }) =>
    `${formatExpression(operand, BINDING.coalesce)} is ${isNegated ? 'not ' : ''}null`,
  in: ({ operand, items, isNegated }) =>
    `${formatExpression(operand, BINDING.coalesce)} ${isNegated ? 'not ' : ''}in ${formatItems(items)}`,
  case: ({ branches, otherwise }) =>
    [
      'case',
      ...branches.map(({ when, then }) => `when ${formatExpression(when)} then ${formatExpression(then)}`),
      ...(otherwise ? [`else ${formatExpression(otherwise)}`] : []),
      'end',
    ].join(' '),
  rarer: ({ operand, count, per }) =>
    `${formatExpression(operand, BINDING.coalesce)} rarer than ${count} per ${per.text}`,
};

function formatUnary({ operator, operand }: Of<'unary'>): string {
  if (operator === 'not') return `not ${formatExpression(operand, BINDING.not)}`;
  // `-5s` is refused as a negative duration.
  return operand.kind === 'duration' ? `-(${operand.text})` : `-${formatExpression(operand, BINDING.unary)}`;
}

function formatBinary({ operator, left, right }: Of<'binary'>): string {
  const binding = OPERATOR_BINDING[operator];
  const leftAtLeast = binding === BINDING.comparison ? binding + 1 : binding;
  return `${formatExpression(left, leftAtLeast)} ${operator} ${formatExpression(right, binding + 1)}`;
}

/** What stands before `.` or `[`: a path would take the next part for its own. */
function formatHolder(object: Expression): string {
  const isPlain =
    object.kind === 'name' || object.kind === 'call' || object.kind === 'member' || object.kind === 'index';
  return isPlain ? formatExpression(object, BINDING.postfix) : `(${formatExpression(object)})`;
}

function formatItems(items: Of<'in'>['items']): string {
  if ('low' in items) return formatRange(items);
  return `(${formatList(items)})`;
}

export function formatRange({ low, high }: { readonly low: Expression; readonly high: Expression }): string {
  return `${formatExpression(low, BINDING.sum)}..${formatExpression(high, BINDING.sum)}`;
}

function pathSegment(segment: string | number): string {
  if (typeof segment === 'number') return `[${segment}]`;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(segment) ? `.${segment}` : `[${quote(segment)}]`;
}

function unitSuffix(unit: UnitText | null): string {
  if (!unit) return '';
  return unit.text.startsWith('%') ? unit.text : ` ${unit.text}`;
}

function bindingOf(expression: Expression): number {
  switch (expression.kind) {
    case 'binary':
      return OPERATOR_BINDING[expression.operator];
    case 'unary':
      return expression.operator === 'not' ? BINDING.not : BINDING.unary;
    case 'is-null':
    case 'in':
    case 'rarer':
      return BINDING.comparison;
    default:
      return BINDING.postfix;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' };

function quote(value: string): string {
  return `"${value.replace(/["\\\n\t\r]/g, character => ESCAPES[character]!)}"`;
}
