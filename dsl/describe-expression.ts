import {
  type AggregateColumn,
  type DetectorNode,
  type Expression,
  type HistoryNode,
  type OutputKind,
  type RangeNode,
  USUAL_PROBABILITY,
} from './plan.ts';

/** A plan's expression as a reader would write it: `temp > 85`, `avg(temp, 1h)`. */
export function describeExpression(expression: Expression, column: (name: string) => string = name => name): string {
  return describe(expression, column, 0);
}

export function describeAggregate(
  call: Pick<AggregateColumn, 'aggregate' | 'arguments' | 'parameter'>,
  range: RangeNode['range'] | null,
): string {
  const parts: string[] = call.arguments.map(withoutMark);
  const percent = call.aggregate === 'percentile' ? percentWord(call.parameter) : undefined;
  if (call.parameter !== undefined && percent === undefined) parts.push(String(call.parameter));
  if (range !== null) parts.push(describeRange(range));
  return `${percent ?? (call.aggregate === 'spread' ? 'range' : call.aggregate)}(${parts.join(', ')})`;
}

/** `prev(temp, 3)`, `rising(temp, 5m)`, `crosses(temp, limit)`. */
export function describeHistory(
  call: Pick<HistoryNode, 'function' | 'argument' | 'events' | 'us' | 'limit'>,
  column: (name: string) => string = withoutMark,
): string {
  const parts = [column(call.argument)];
  if (call.limit !== undefined) parts.push(column(call.limit));
  if (call.function === 'prev' && call.events !== 1) parts.push(String(call.events));
  if (call.us !== undefined) parts.push(describeDuration(call.us));
  else if (RUNS.includes(call.function)) parts.push(describeRange({ events: call.events }));
  return `${call.function}(${parts.join(', ')})`;
}

/** `zscore(temp, 1h)`; of another output than its value, `anomaly(temp) period`. */
export function describeDetector(
  call: Pick<DetectorNode, 'detector' | 'arguments' | 'range' | 'parameters' | 'adaptUs'>,
  output: OutputKind = 'value',
  column: (name: string) => string = withoutMark,
): string {
  if (call.detector === 'forecast') return describeForecast(call, output, column);
  const isOfPeriod = OF_PERIOD.includes(call.detector);
  const constants = call.parameters.map(value => (isOfPeriod ? describeDuration(value) : String(value)));
  const parts = [...call.arguments.map(column), ...constants];
  if (call.range !== undefined) parts.push(describeRange(call.range));
  if (call.adaptUs !== undefined) parts.push(`adapt ${describeDuration(call.adaptUs)}`);
  return `${call.detector}(${parts.join(', ')})${output === 'value' ? '' : ` ${output}`}`;
}

/** `forecast_low(temp, 2h, 90%, 1d, season 1d)` */
function describeForecast(
  { arguments: names, range, parameters }: Pick<DetectorNode, 'arguments' | 'range' | 'parameters'>,
  output: OutputKind,
  column: (name: string) => string,
): string {
  const [horizonUs = 0, probability = USUAL_PROBABILITY, seasonUs = 0] = parameters;
  const parts = [...names.map(column), describeDuration(horizonUs)];
  if (probability !== USUAL_PROBABILITY) parts.push(`${Math.round(probability * 1e6) / 1e4}%`);
  if (range !== undefined) parts.push(describeRange(range));
  if (seasonUs !== 0) parts.push(`season ${describeDuration(seasonUs)}`);
  return `forecast${output === 'value' ? '' : `_${output}`}(${parts.join(', ')})`;
}

const OF_PERIOD: readonly DetectorNode['detector'][] = ['seasonal', 'holt_winters'];

const RUNS: readonly HistoryNode['function'][] = ['rising', 'falling', 'stays'];

export function describeRange(range: RangeNode['range']): string {
  return 'us' in range ? describeDuration(range.us) : `${range.events} events`;
}

/** `90 s` in microseconds is `1m30s`. */
export function describeDuration(us: number): string {
  if (us === 0) return '0s';
  let rest = us;
  let text = '';
  for (const [unit, size] of DURATION_UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return rest === 0 ? text : `${text}${rest}us`;
}

/** A hoisted column's readable part: behind its last view's mark. */
export function withoutMark(column: string): string {
  return column.startsWith('#') ? column.slice(1) : column;
}

const DURATION_UNITS = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1000],
] as const;

const BINDING = { or: 1, and: 2, not: 3, compare: 4, coalesce: 5, '+': 6, '-': 6, '*': 7, '/': 7, unary: 8 } as const;

function describe(expression: Expression, column: (name: string) => string, outer: number): string {
  const inner = (operand: Expression, binding: number) => describe(operand, column, binding);
  const wrap = (text: string, binding: number) => (binding < outer ? `(${text})` : text);
  switch (expression.kind) {
    case 'literal':
      return describeLiteral(expression);
    case 'column':
      return column(expression.column);
    case 'negate':
      return wrap(`-${inner(expression.operand, BINDING.unary)}`, BINDING.unary);
    case 'not':
      return wrap(`not ${inner(expression.operand, BINDING.not)}`, BINDING.not);
    case 'and':
    case 'or': {
      const binding = BINDING[expression.kind];
      return wrap(`${inner(expression.left, binding)} ${expression.kind} ${inner(expression.right, binding)}`, binding);
    }
    case 'compare': {
      const binding = BINDING.compare;
      const text = `${inner(expression.left, binding + 1)} ${expression.operator} ${inner(expression.right, binding + 1)}`;
      return wrap(text, binding);
    }
    case 'arithmetic': {
      const binding = BINDING[expression.operator];
      const text = `${inner(expression.left, binding)} ${expression.operator} ${inner(expression.right, binding + 1)}`;
      return wrap(text, binding);
    }
    case 'coalesce':
      return wrap(`${inner(expression.left, 6)} ?? ${inner(expression.right, 5)}`, BINDING.coalesce);
    case 'is-null':
      return wrap(`${inner(expression.operand, 5)} is null`, BINDING.compare);
    case 'in':
      return wrap(
        `${inner(expression.operand, 5)} in (${expression.items.map(item => inner(item, 0)).join(', ')})`,
        BINDING.compare,
      );
    case 'case': {
      const branches = expression.branches.map(branch => `when ${inner(branch.when, 0)} then ${inner(branch.then, 0)}`);
      return `case ${branches.join(' ')} else ${inner(expression.otherwise, 0)} end`;
    }
    case 'call':
      return `${expression.function}(${expression.arguments.map(argument => inner(argument, 0)).join(', ')})`;
  }
}

function describeLiteral({ type, value }: Extract<Expression, { kind: 'literal' }>): string {
  if (typeof value === 'number' && type === 'duration' && value >= 0) return describeDuration(value);
  if (typeof value === 'string' && (type === 'symbol' || type === 'string')) return JSON.stringify(value);
  return String(value);
}

function percentWord(parameter: number | undefined): string | undefined {
  if (parameter === undefined) return undefined;
  const percent = parameter < 1 ? Math.round(parameter * 1e6) / 1e4 : parameter;
  return percent === 95 || percent === 99 ? `p${percent}` : undefined;
}
