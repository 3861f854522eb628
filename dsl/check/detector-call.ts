import type { Expression as Syntax } from '../ast.ts';
import { DETECTORS, type JudgeName } from '../catalog/detectors.ts';
import type { Parameter } from '../catalog/signature.ts';
import { differenceUnit, quotientUnit, type Unit } from '../catalog/unit.ts';
import type { DetectorOutput } from '../plan.ts';
import { checkArguments } from './arguments.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import { SECOND } from './convert.ts';
import { isLiteral } from './fold.ts';
import { splitRange } from './range.ts';
import { error } from './report.ts';
import type { Checked, DetectorCall } from './scope.ts';

/** `zscore(temp, 1h)`: how unusual a reading is by the key's earlier ones; null after a report. */
export function checkDetectorCall(call: Call, name: JudgeName, checker: Checker): Checked | null {
  const { result } = DETECTORS[name];
  const checked = checkDetector(call, name, checker);
  if (checked === null) return null;
  const output = { of: 'value', type: result.type } as const;
  return { ...hoisted(call, checked.detector, output, checker), unit: unitOf(result.unit, checked.values) };
}

/** `anomaly(rms) rarer than 1 per 30d`: a reading as rare as this comes less often, at the rate of readings so far; null after a report. */
export function checkRarer(syntax: Extract<Syntax, { kind: 'rarer' }>, checker: Checker): Checked | null {
  const { operand, count, per, span } = syntax;
  const name = operand.kind === 'call' ? operand.name.name : null;
  if (operand.kind !== 'call' || name === null || !isDetector(name) || DETECTORS[name].tellsPeriod !== true) {
    const hint = 'write for example `anomaly(temp) rarer than 1 per 30d`';
    checker.report(error('MR3108', operand.span, 'only of `anomaly` it is known how rare it is', { hint }));
    return null;
  }
  if (!(count > 0) || per.us === 0) {
    checker.report(
      error('MR3108', span, 'something that never comes is not rare', { hint: 'for example `1 per 30d`' }),
    );
    return null;
  }
  const checked = checkDetector(operand, name, checker);
  if (checked === null) return null;
  const period = hoisted(operand, checked.detector, { of: 'period', type: 'duration' }, checker);
  const least = { kind: 'literal', type: 'duration', value: Math.round(per.us / count) } as const;
  const expression = { kind: 'compare', type: 'bool', operator: '>', left: period.expression, right: least } as const;
  return { expression, type: 'bool', unit: null, span };
}

export function isDetector(name: string): name is JudgeName {
  return Object.hasOwn(DETECTORS, name);
}

/** What a reading costs grows with the third power of them. */
const MOST_VALUES = 12;

type CheckedDetector = { readonly detector: DetectorCall; readonly values: readonly Checked[] };

/** Its arguments, as columns; null after a report. */
function checkDetector(call: Call, name: JudgeName, checker: Checker): CheckedDetector | null {
  const { parameters, hasRange, learns } = DETECTORS[name];
  const { scope, report } = checker;
  const last = call.arguments.at(-1);
  const adapt = learns && last?.kind === 'adapt' ? last : null;
  const behind = adapt === null ? call : { ...call, arguments: call.arguments.slice(0, -1) };
  const split = hasRange ? splitRange(behind, parameters, checker) : { range: null, values: behind };
  if (split === null) return null;
  const values = checkArguments(split.values, parameters, checker);
  if (scope.aggregates === 'none') {
    report(error('MR3105', call.span, `\`${name}\` looks back at earlier events, and ${scope.place} has none`));
    return null;
  }
  if (hasRange && split.range === null) {
    const hint = `write for example \`${name}(${parameters.map(parameter => parameter.name).join(', ')}, 1h)\``;
    report(error('MR3104', call.span, `\`${name}\` takes how far back it looks as its last argument`, { hint }));
    return null;
  }
  if (values === null) return null;
  if (values.length > MOST_VALUES) {
    report(
      error('MR2006', call.span, `\`${name}\` takes ${MOST_VALUES} values at most, and here are ${values.length}`),
    );
    return null;
  }
  const areSettingsFixed = values.every(({ expression }, i) => {
    return parameterAt(parameters, i).isSetting !== true || isLiteral(expression);
  });
  const isConstant = (_: Checked, i: number) => {
    const parameter = parameterAt(parameters, i);
    return parameter.isConstant === true || (parameter.isSetting === true && areSettingsFixed);
  };
  const detector = {
    detector: name,
    arguments: values.filter((value, i) => !isConstant(value, i)).map(value => scope.hoist.compute(value.expression)),
    ...(split.range === null ? {} : { range: split.range }),
    ...(adapt === null ? {} : { adaptUs: adapt.after.us }),
    parameters: values.filter(isConstant).map(numberOf),
  };
  return { detector, values };
}

/** The column of one of its outputs. */
export function hoisted(
  call: Call,
  detector: DetectorCall,
  output: Omit<DetectorOutput, 'name'>,
  { scope }: Checker,
): Checked {
  const column = scope.hoist.detector(detector, output);
  scope.onCall?.(column, call.span);
  const { type } = output;
  return { expression: { kind: 'column', type, column }, type, unit: null, span: call.span };
}

/** The last one may be repeated. */
function parameterAt(parameters: readonly Parameter[], place: number): Parameter {
  return parameters[Math.min(place, parameters.length - 1)]!;
}

function numberOf({ expression }: Checked): number {
  return isLiteral(expression) ? Number(expression.value) : Number.NaN;
}

function unitOf(unit: 'first' | 'per-second' | undefined, [first]: readonly Checked[]): Unit | null {
  const own = first?.unit ?? null;
  if (unit === undefined || own === null) return null;
  return unit === 'first' ? own : (quotientUnit(differenceUnit(own), SECOND) ?? null);
}
