import type { Expression as Syntax } from '../ast.ts';
import { haveSameDimension, isRatio, type Unit } from '../catalog/unit.ts';
import type { ValueType } from '../plan.ts';
import { isNumber, isText } from './agree.ts';
import type { Checker } from './checker.ts';
import { convert, fromDuration, isTimeUnit, toDuration, toRatio, withType } from './convert.ts';
import { describe } from './describe.ts';
import { isLiteral, isNull } from './fold.ts';
import { checkBeside } from './name.ts';
import { error } from './report.ts';
import type { Checked } from './scope.ts';

type Expected = { readonly type: ValueType; readonly unit: Unit | null };

/** The constant as a value of the expected type and unit; null after a report. */
export function fitLiteral(syntax: Syntax, expected: Expected, checker: Checker): Checked | null {
  const value = checkBeside(syntax, placeholder(syntax, expected), checker);
  if (value === null) return null;
  if (!isLiteral(value.expression)) {
    checker.report(error('MR2109', syntax.span, 'this must be a constant'));
    return null;
  }
  return fit(value, expected) ?? reportMisfit(value, expected, checker);
}

/** What words such as `good` are beside. */
function placeholder({ span }: Syntax, { type, unit }: Expected): Checked {
  return { expression: { kind: 'column', type, column: '' }, type, unit, span };
}

function fit(value: Checked, { type, unit }: Expected): Checked | null {
  if (isNull(value.expression)) return { ...value, expression: withType(value.expression, type), type, unit };
  if (isNumber(value)) return fitNumber(value, { type, unit });
  if (isText(value) && (type === 'symbol' || type === 'string')) return retyped(value, type);
  if (value.type === 'duration' && type === 'float' && unit !== null && isTimeUnit(unit))
    return fromDuration(value, unit);
  // On a test's virtual clock, which starts at 0, a time is how long after.
  if (value.type === 'duration' && type === 'time') return retyped(value, 'time');
  return value.type === type ? value : null;
}

function fitNumber(value: Checked, { type, unit }: Expected): Checked | null {
  if (type === 'duration') return value.unit !== null && isTimeUnit(value.unit) ? toDuration(value) : null;
  if (type !== 'float' && type !== 'int') return null;
  const inUnit = numberIn(value, unit);
  if (inUnit === null) return null;
  const isWhole = isLiteral(inUnit.expression) && Number.isInteger(inUnit.expression.value);
  return type === 'float' || isWhole ? retyped(inUnit, type) : null;
}

function numberIn(value: Checked, unit: Unit | null): Checked | null {
  if (value.unit === null) return { ...value, unit };
  if (unit === null) return isRatio(value.unit) ? toRatio(value) : null;
  if (!haveSameDimension(value.unit, unit)) return null;
  return convert(
    value,
    unit,
    unit.kind === 'difference' || value.unit.kind === 'difference' ? 'differences' : 'points',
  );
}

function retyped(value: Checked, type: ValueType): Checked {
  return { ...value, expression: withType(value.expression, type), type };
}

function reportMisfit(value: Checked, expected: Expected, { report }: Checker): null {
  const wanted = expected.unit === null && expected.type === 'int' ? 'a whole number' : describe(expected);
  const message = `${wanted} is expected here, and this is ${describe(value)}`;
  const isOtherUnit = value.unit !== null && expected.unit !== null;
  report(error(isOtherUnit ? 'MR2201' : 'MR2108', value.span, message, { hint: misfitHint(value, expected) }));
  return null;
}

function misfitHint({ type, expression }: Checked, expected: Expected): string | undefined {
  if (!isLiteral(expression)) return undefined;
  if (expected.type === 'duration' && type === 'int') return `write \`${expression.value}s\` for seconds`;
  if (expected.type === 'quality') return 'a quality is `good`, `uncertain` or `bad`';
  const isTextWanted = expected.type === 'symbol' || expected.type === 'string';
  return isTextWanted ? `text stands in quotes: \`"${expression.value}"\`` : undefined;
}
