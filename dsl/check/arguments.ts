import { type Accepts, type Parameter, signatureText, takesCount } from '../catalog/signature.ts';
import { haveSameDimension, isRatio, knownUnit } from '../catalog/unit.ts';
import type { ValueType } from '../plan.ts';
import { agree } from './agree.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import { convert, RADIAN, toRatio } from './convert.ts';
import { describe, placeOf } from './describe.ts';
import { isLiteral } from './fold.ts';
import { error, type Report } from './report.ts';
import type { Checked } from './scope.ts';
import { isTimeZone, unknownZone } from './time-zone.ts';
import { unify } from './unify.ts';

/** A call's arguments, each in the type and unit that its parameter asks for; null after a report. */
export function checkArguments(
  call: Call,
  parameters: readonly Parameter[],
  checker: Checker,
): readonly Checked[] | null {
  const given = call.arguments.map(syntax => checker.check(syntax));
  if (!isCountRight(call, parameters, checker)) return null;
  const values = given.map((value, i) => value && checkArgument(value, parameterAt(parameters, i), call, checker));
  return values.includes(null) ? null : unifyWithFirst(values as readonly Checked[], parameters, checker);
}

/** False after a report. */
export function isCountRight(
  call: Call,
  parameters: readonly Parameter[],
  { report }: Checker,
  hint?: string,
): boolean {
  const { least, most } = takesCount(parameters);
  const count = call.arguments.length;
  if (count >= least && count <= most) return true;
  const { name } = call.name;
  const takes = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  const message = `\`${name}\` takes ${takes} argument${takes === '1' ? '' : 's'}, and here ${count === 1 ? 'is' : 'are'} ${count}`;
  report(error('MR2006', call.span, message, { hint: hint ?? `it is \`${signatureText(name, parameters)}\`` }));
  return false;
}

/** In the type and unit that the parameter asks for, save `first`; null after a report. */
function checkArgument(value: Checked, parameter: Parameter, call: Call, checker: Checker): Checked | null {
  if (!TYPES[parameter.accepts](value.type)) return reportType(value, parameter, call, checker);
  const inUnit = checkUnit(value, parameter, call, checker);
  if (inUnit === null || !isRightConstant(inUnit, parameter, call, checker)) return null;
  return inUnit;
}

const isNumber = (type: ValueType) => type === 'float' || type === 'int';
const isQuantity = (type: ValueType) => isNumber(type) || type === 'duration';

const TYPES: Readonly<Record<Accepts, (type: ValueType) => boolean>> = {
  number: isNumber,
  int: type => type === 'int',
  quantity: isQuantity,
  ordered: type => isQuantity(type) || type === 'time',
  duration: type => type === 'duration',
  time: type => type === 'time',
  bool: type => type === 'bool',
  text: type => type === 'symbol' || type === 'string',
  any: () => true,
};

const WANTED: Readonly<Record<Accepts, string>> = {
  number: 'a number',
  int: 'a whole number (int)',
  quantity: 'a number or a duration',
  ordered: 'a number, a duration or a time',
  duration: 'a duration such as `10m`',
  time: 'a time',
  bool: 'a condition',
  text: 'text',
  any: 'a value',
};

function parameterAt(parameters: readonly Parameter[], index: number): Parameter {
  return parameters[Math.min(index, parameters.length - 1)]!;
}

function unifyWithFirst(
  values: readonly Checked[],
  parameters: readonly Parameter[],
  { report }: Checker,
): readonly Checked[] | null {
  const isLikeFirst = values.map((_, i) => i === 0 || parameterAt(parameters, i).unit === 'first');
  if (isLikeFirst.filter(Boolean).length < 2) return values;
  const unified = unify(
    values.filter((_, i) => isLikeFirst[i]),
    'used in place of',
    report,
  );
  if (unified === null) return null;
  const rest = [...unified];
  return values.map((value, i) => (isLikeFirst[i] ? rest.shift()! : value));
}

function checkUnit(value: Checked, parameter: Parameter, call: Call, { report }: Checker): Checked | null {
  if (parameter.inUnit !== undefined) return inUnitOf(parameter, value, call, report);
  if (parameter.unit === 'turning') return turnsOf(parameter, value, call, report);
  if (value.unit === null) return value;
  switch (parameter.unit) {
    case 'ratio':
      if (isRatio(value.unit)) return toRatio(value);
      break;
    case 'angle':
      if (haveSameDimension(value.unit, RADIAN)) return convert(value, RADIAN, 'differences');
      break;
    default:
      return value;
  }
  const wanted = parameter.unit === 'angle' ? 'an angle' : 'a number without a unit';
  const message = `\`${call.name.name}\` takes ${wanted} as \`${parameter.name}\`, and this is ${describe(value)}`;
  const hint = parameter.unit === 'ratio' ? `divide by one: \`x / 1 ${value.unit.text}\`` : undefined;
  report(error('MR2205', value.span, message, { hint, related: relatedTo(value) }));
  return null;
}

/** A rotation as turns a second; null after a report. */
function turnsOf({ name }: Parameter, value: Checked, call: Call, report: Report): Checked | null {
  const unit = TURNS.find(turn => value.unit !== null && haveSameDimension(value.unit, turn));
  if (unit !== undefined) return convert(value, unit, 'differences');
  const message = `\`${call.name.name}\` takes a rotation as \`${name}\`, in rpm or Hz, and this is ${describe(value)}`;
  const hint = value.unit === null ? turnsHint(value) : undefined;
  report(error('MR2205', value.span, message, { hint, related: relatedTo(value) }));
  return null;
}

function turnsHint({ expression, named }: Checked): string {
  if (isLiteral(expression)) return `write \`${expression.value} rpm\` or \`${expression.value} Hz\``;
  return `declare it with a unit: \`${named?.name ?? 'speed'}: float rpm\``;
}

const TURNS = [knownUnit('rev/s'), knownUnit('Hz')];

/** As beside a field of the parameter's name and unit. */
function inUnitOf({ name, inUnit }: Parameter, value: Checked, { span }: Call, report: Report): Checked | null {
  const wanted: Checked = {
    expression: { kind: 'column', type: 'float', column: name },
    type: 'float',
    unit: inUnit!,
    span,
    named: { name, declaredAt: null },
  };
  return agree({ left: wanted, right: value }, 'used in place of', report)?.right ?? null;
}

function isRightConstant(
  { expression, span }: Checked,
  parameter: Parameter,
  call: Call,
  { report }: Checker,
): boolean {
  const what = `\`${parameter.name}\` of \`${call.name.name}\``;
  if (!isLiteral(expression)) {
    if (parameter.isConstant !== true) return true;
    report(
      error('MR2109', span, `${what} must be a constant`, { hint: 'write the value itself, or the name of a `let`' }),
    );
    return false;
  }
  const { value } = expression;
  if (parameter.isZone && !isTimeZone(String(value))) {
    report(unknownZone(String(value), span));
    return false;
  }
  const { least = -Infinity, most = Infinity } = parameter;
  if (typeof value !== 'number' || (value >= least && value <= most)) return true;
  report(error('MR2110', span, `${what} is ${rangeText(least, most)}`, { hint: percentHint(value, parameter) }));
  return false;
}

function rangeText(least: number, most: number): string {
  return most === Infinity ? `at least ${least}` : `between ${least} and ${most}`;
}

/** percentile(x, 95) */
function percentHint(value: number, { most }: Parameter): string | undefined {
  return most === 1 && value > 1 && value <= 100 ? `write \`${value}%\` or \`${value / 100}\`` : undefined;
}

function reportType(value: Checked, parameter: Parameter, call: Call, { report }: Checker): null {
  const message = `\`${call.name.name}\` takes ${WANTED[parameter.accepts]} as \`${parameter.name}\`, and this is ${describe(value)}`;
  report(error('MR2104', value.span, message, { hint: typeHint(value, parameter), related: relatedTo(value) }));
  return null;
}

function typeHint({ type }: Checked, { accepts }: Parameter): string | undefined {
  if (accepts === 'int' && type === 'float') return 'declare the field as int';
  if (accepts === 'text') return '`text(x)` gives a value as text';
  if (accepts === 'number' && (type === 'symbol' || type === 'string'))
    return '`number(text)` reads a number from text';
  return undefined;
}

function relatedTo(value: Checked) {
  return value.named?.declaredAt ? [placeOf(value)] : undefined;
}
