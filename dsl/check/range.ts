import type { Expression as Syntax } from '../ast.ts';
import { type Parameter, takesCount } from '../catalog/signature.ts';
import type { RangeNode } from '../plan.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import { isLiteral } from './fold.ts';
import { error } from './report.ts';

/** The range of an aggregate, if any, and the call without it. */
export type SplitCall = { readonly range: RangeNode['range'] | null; readonly values: Call };

/** A last argument `1h`, `10 events`, or a `let` of a duration is the range; null after a report. */
export function splitRange(call: Call, parameters: readonly Parameter[], checker: Checker): SplitCall | null {
  const last = call.arguments.at(-1);
  if (last === undefined) return { range: null, values: call };
  const { most } = takesCount(parameters);
  const isBehindAll = call.arguments.length > most;
  const range = rangeOf(last, checker);
  if (range !== undefined && (isBehindAll || !takesDuration(parameters))) {
    return isPositive(range) ? { range, values: withoutLast(call) } : reportEmpty(last, checker);
  }
  if (isBehindAll && call.arguments.length === most + 1 && isMeantAsRange(last)) return reportUnit(last, checker);
  return { range: null, values: call };
}

/**
 * A range in a place where something else may stand, which is undefined; null after a report. `isOverMany`: there are more arguments
 * than without a range, so that a number is meant as one.
 */
export function rangeAt(syntax: Syntax, isOverMany: boolean, checker: Checker): RangeNode['range'] | undefined | null {
  const range = rangeOf(syntax, checker);
  if (range !== undefined) return isPositive(range) ? range : reportEmpty(syntax, checker);
  return isOverMany && isMeantAsRange(syntax) ? reportUnit(syntax, checker) : undefined;
}

function rangeOf(syntax: Syntax, { scope }: Checker): RangeNode['range'] | undefined {
  if (syntax.kind === 'duration') return { us: syntax.us };
  if (syntax.kind === 'events') return { events: syntax.count };
  const binding = syntax.kind === 'name' ? scope.resolve(syntax.name) : undefined;
  if (binding?.kind !== 'constant' || binding.value.type !== 'duration') return undefined;
  const { expression } = binding.value;
  return isLiteral(expression) ? { us: Number(expression.value) } : undefined;
}

/** The half-life of ewma, which stands before the range. */
function takesDuration(parameters: readonly Parameter[]): boolean {
  return parameters.some(parameter => parameter.accepts === 'duration');
}

function isPositive(range: RangeNode['range']): boolean {
  return 'us' in range ? range.us > 0 : Number.isInteger(range.events) && range.events > 0;
}

function withoutLast(call: Call): Call {
  return { ...call, arguments: call.arguments.slice(0, -1) };
}

function reportEmpty({ span }: Syntax, { report }: Checker): null {
  report(error('MR3104', span, 'a range is longer than nothing', { hint: 'for example `1h` or `10 events`' }));
  return null;
}

type NumberLiteral = Extract<Syntax, { kind: 'number' }>;

/** What people write for a duration: `5 m`, `5 min`. */
const DURATION_WORDS: Readonly<Record<string, string>> = {
  ms: 'ms',
  s: 's',
  sec: 's',
  m: 'm',
  min: 'm',
  h: 'h',
  hour: 'h',
  d: 'd',
  day: 'd',
  w: 'w',
  week: 'w',
};

function isMeantAsRange(syntax: Syntax): syntax is NumberLiteral {
  return syntax.kind === 'number' && (syntax.unit === null || Object.hasOwn(DURATION_WORDS, syntax.unit.text));
}

function reportUnit({ text, unit, span }: NumberLiteral, { report }: Checker): null {
  const hint =
    unit === null
      ? `write \`${text}s\` for a time, \`${text} events\` for a number of events`
      : `a duration has no blank: \`${text}${DURATION_WORDS[unit.text]}\``;
  const message = unit === null ? 'the range has no unit' : `\`${text} ${unit.text}\` is a quantity, not a duration`;
  report(error('MR3104', span, message, { hint }));
  return null;
}
