import type { Aggregate, AggregateUnit } from '../catalog/aggregates.ts';
import type { Parameter } from '../catalog/signature.ts';
import { differenceUnit, powerUnit, productUnit, quotientUnit, type Unit } from '../catalog/unit.ts';
import { DURATION_COLUMN, type RangeNode, type ValueType } from '../plan.ts';
import { checkArguments, isCountRight } from './arguments.ts';
import { checkBoundAggregate } from './bound-aggregate.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import { SECOND } from './convert.ts';
import { placeOf } from './describe.ts';
import { isLiteral } from './fold.ts';
import { splitRange } from './range.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { error } from './report.ts';
import type { AggregateCall, Checked } from './scope.ts';

/** `avg(temp)` over the statement's window, `avg(temp, 1h)` over a range; null after a report. */
export function checkAggregateCall(call: Call, entry: Aggregate, checker: Checker): Checked | null {
  if (call.name.name === 'duration' && call.arguments.length === 0) return windowDuration(call, checker);
  const bound = checkBoundAggregate(call, entry, checker);
  if (bound !== undefined) return bound;
  const split = splitRange(call, entry.parameters, checker);
  if (split === null) return null;
  const { range, values: inner } = split;
  if (!isCountRight(inner, entry.parameters, checker, countHint(inner))) return null;
  const isAllowed = isPlaceRight(call, range, entry.parameters, checker);
  const values = checkValues(inner, entry, range, checker);
  const unit = values && resultUnit(call, entry.result.unit, values, checker);
  if (!isAllowed || values === null || unit === undefined) return null;
  return hoisted(call, { entry, values, unit, range }, checker);
}

/** Arguments that stand without a range are over events: another window's aggregate cannot be among them. */
function checkValues(call: Call, { parameters }: Aggregate, range: Range, checker: Checker): readonly Checked[] | null {
  const isOfEvents = range === null || checker.scope.aggregates !== 'window';
  return checkArguments(call, parameters, isOfEvents ? checker.inAggregate() : checker);
}

type Range = RangeNode['range'] | null;

function hoisted(
  call: Call,
  { entry, values, unit, range }: { entry: Aggregate; values: readonly Checked[]; unit: Unit | null; range: Range },
  { scope: { hoist, onCall } }: Checker,
): Checked {
  const type = resultType(entry, values);
  const columns = values.filter((_, i) => entry.parameters[i]!.isConstant !== true);
  const parameter = entry.constant ?? constantOf(values, entry.parameters);
  const aggregate: AggregateCall = {
    aggregate: entry.aggregate,
    arguments: columns.map(value => hoist.compute(value.expression)),
    ...(parameter === undefined ? {} : { parameter }),
    type,
  };
  const column = range === null ? hoist.window(aggregate) : hoist.range({ ...aggregate, range });
  onCall?.(column, call.span);
  return { expression: { kind: 'column', type, column }, type, unit, span: call.span };
}

function constantOf(values: readonly Checked[], parameters: readonly Parameter[]): number | undefined {
  const constant = values.find((_, i) => parameters[i]!.isConstant);
  return constant !== undefined && isLiteral(constant.expression) ? Number(constant.expression.value) : undefined;
}

export function resultType({ result: { type } }: Aggregate, [first, second]: readonly Checked[]): ValueType {
  switch (type) {
    case 'first':
      return first!.type;
    case 'second':
      return second!.type;
    case 'mean':
      return first!.type === 'int' ? 'float' : first!.type;
    default:
      return type;
  }
}

/** Undefined after a report. */
export function resultUnit(
  call: Call,
  rule: AggregateUnit | undefined,
  values: readonly Checked[],
  checker: Checker,
): Unit | null | undefined {
  const unit = values[rule === 'second' ? 1 : 0]?.unit ?? null;
  if (unit === null || rule === undefined) return null;
  switch (rule) {
    case 'first':
    case 'second':
      return unit;
    case 'difference':
      return differenceUnit(unit);
    case 'per-second':
      return quotientUnit(differenceUnit(unit), SECOND) ?? reportPower(call, checker);
    case 'squared':
      return powerUnit(differenceUnit(unit), 2) ?? reportPower(call, checker);
    case 'total':
      return unit.kind === 'point' ? reportPoint(call, values[0]!, checker) : unit;
    case 'integral':
      return unit.kind === 'point'
        ? reportPoint(call, values[0]!, checker)
        : (productUnit(unit, SECOND) ?? reportPower(call, checker));
  }
}

function reportPoint({ name: { name }, span }: Call, value: Checked, { report }: Checker): undefined {
  const unit = value.unit!.text;
  const hint = `use \`${name === 'sum' ? 'avg' : 'twa'}\`, or subtract a temperature: \`${name}(x - 20 ${unit}, …)\``;
  const message = `temperatures in ${unit} cannot be added up, for their zero is arbitrary`;
  report(error('MR2204', span, message, { hint, related: [placeOf(value)] }));
}

function reportPower({ span }: Call, { report }: Checker): undefined {
  report(error('MR2205', span, 'no unit has such a power'));
}

/** False after a report. */
function isPlaceRight(
  call: Call,
  range: Range,
  parameters: readonly Parameter[],
  { scope, report, isInAggregate }: Checker,
): boolean {
  const { name } = call.name;
  if (scope.aggregates === 'none') {
    report(error('MR3102', call.span, `\`${name}\` is over several events, and ${scope.place} has none`));
    return false;
  }
  if (range !== null || (scope.aggregates === 'window' && !isInAggregate)) return true;
  const lost = unboundArgument(call, scope);
  if (lost !== undefined) {
    report(lost);
    return false;
  }
  const example = `${name}(${parameters.map(parameter => parameter.name).join(', ')}${parameters.length === 0 ? '' : ', '}1h)`;
  const hint = `give it a range: \`${name === 'count' ? 'count(1h)' : example}\``;
  if (isInAggregate)
    report(error('MR3103', call.span, `\`${name}\` inside another aggregate needs a range of its own`, { hint }));
  else report(error('MR3101', call.span, `\`${name}\` has neither a window nor a range`, { hint }));
  return false;
}

/** `avg(rms)` where no row is looked at: what is wrong is the name, and no range would mend it. */
function unboundArgument({ arguments: syntaxes }: Call, scope: Checker['scope']): Diagnostic | undefined {
  const name = syntaxes.find(syntax => syntax.kind === 'name');
  if (name === undefined || scope.resolve(name.name) !== undefined) return undefined;
  return scope.unbound?.({ ...name, isRow: false });
}

/** max(a, b) */
function countHint({ name: { name }, arguments: syntaxes }: Call): string | undefined {
  if (syntaxes.length < 2) return undefined;
  if (name === 'max') return 'the greater of two values is `greatest(a, b)`; `max` is over time: `max(x, 1h)`';
  return name === 'min' ? 'the lesser of two values is `least(a, b)`; `min` is over time: `min(x, 1h)`' : undefined;
}

/** `duration()`: how long a pane is that events open and close. */
function windowDuration({ span }: Call, { scope, report, isInAggregate }: Checker): Checked | null {
  if (scope.hasDuration !== true) {
    const hint = 'how long a condition was true is `duration(c)`; how long a pane is, `until - time`';
    report(error('MR3106', span, '`duration()` is of the rows of session and state windows', { hint }));
    return null;
  }
  if (isInAggregate) {
    const hint = 'a stream that reads this one can aggregate its rows';
    report(error('MR2556', span, "an aggregate is over events, and `duration()` is of the window's row", { hint }));
    return null;
  }
  const expression = { kind: 'column', type: 'duration', column: DURATION_COLUMN } as const;
  return { expression, type: 'duration', unit: null, span };
}
