import type { ScalarFunction } from '../catalog/scalar-function.ts';
import { isRatio, powerUnit, rootUnit, type Unit } from '../catalog/unit.ts';
import { checkArguments } from './arguments.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import { RADIAN, toRatio } from './convert.ts';
import { describe } from './describe.ts';
import { isLiteral } from './fold.ts';
import { error } from './report.ts';
import type { Checked } from './scope.ts';

/** A function of plain values; null after a report. */
export function checkScalarCall(call: Call, entry: ScalarFunction, checker: Checker): Checked | null {
  const given = checkArguments(call, entry.parameters, checker);
  if (given === null) return null;
  const values = entry.result.unit === 'root' || entry.result.unit === 'power' ? firstAsRatio(given) : given;
  const unit = resultUnit(call, entry, values, checker);
  if (unit === undefined) return null;
  const type = entry.result.type === 'first' ? values[0]!.type : entry.result.type;
  const expression = {
    kind: 'call',
    type,
    function: call.name.name,
    arguments: values.map(value => value.expression),
    ...(entry.version === undefined ? {} : { version: entry.version }),
  } as const;
  return { expression, type, unit, span: call.span };
}

/** The root of 25% is 0.5. */
function firstAsRatio([first, ...rest]: readonly Checked[]): readonly Checked[] {
  return [first!.unit !== null && isRatio(first!.unit) ? toRatio(first!) : first!, ...rest];
}

/** Undefined after a report. */
function resultUnit(
  call: Call,
  { result }: ScalarFunction,
  values: readonly Checked[],
  checker: Checker,
): Unit | null | undefined {
  if (result.inUnit !== undefined) return result.inUnit;
  const unit = values[0]?.unit ?? null;
  switch (result.unit) {
    case undefined:
      return null;
    case 'rad':
      return RADIAN;
    case 'first':
      return unit;
    case 'root':
      return unit === null ? null : (rootOf(unit) ?? reportUnit(call, values[0]!, 'the square root', checker));
    case 'power':
      return unit === null ? null : (powerOf(unit, values[1]!) ?? reportUnit(call, values[0]!, 'this power', checker));
  }
}

function rootOf(unit: Unit): Unit | null {
  return unit.kind === 'point' ? null : rootUnit(unit);
}

function powerOf(unit: Unit, { expression }: Checked): Unit | null {
  const exponent = isLiteral(expression) ? expression.value : null;
  if (typeof exponent !== 'number' || !Number.isInteger(exponent) || Math.abs(exponent) > 9 || exponent === 0)
    return null;
  return unit.kind === 'point' ? null : powerUnit(unit, exponent);
}

function reportUnit(call: Call, value: Checked, what: string, { report }: Checker): undefined {
  const message = `${what} of ${describe(value)} has no unit`;
  report(error('MR2205', call.span, message, { hint: `divide by one: \`x / 1 ${value.unit!.text}\`` }));
}
