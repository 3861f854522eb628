import type { Expression as Syntax } from '../ast.ts';
import { FORECASTS, type ForecastFunction, type ForecastFunctionName } from '../catalog/forecasts.ts';
import { takesCount } from '../catalog/signature.ts';
import { type RangeNode, USUAL_PROBABILITY } from '../plan.ts';
import { checkArguments } from './arguments.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import { hoisted } from './detector-call.ts';
import { isLiteral, literal } from './fold.ts';
import { rangeAt } from './range.ts';
import { error } from './report.ts';
import type { Checked, DetectorCall } from './scope.ts';

/** `forecast(temp, 2h)`, `time_to(temp, 90 degC)`: where readings go, by how they have gone; null after a report. */
export function checkForecastCall(call: Call, name: ForecastFunctionName, checker: Checker): Checked | null {
  const forecast: ForecastFunction = FORECASTS[name];
  const { scope, report } = checker;
  const season = forecast.hasSeason ? seasonOf(call) : null;
  const split = splitLookBack(season === null ? call : withoutArgument(call, -1), forecast, checker);
  if (split === null) return null;
  const values = checkArguments(split.values, forecast.parameters, checker);
  if (scope.aggregates === 'none') {
    report(error('MR3105', call.span, `\`${name}\` looks back at earlier events, and ${scope.place} has none`));
    return null;
  }
  const isRight = isLongEnough(season, checker) && values !== null && hasEmpty(call, forecast, values, checker);
  if (values === null || !isRight) return null;
  const range = split.range ?? { us: forecast.range === 'horizon' ? numberOf(values[1]!) : forecast.range };
  const detector = { ...detectorOf(forecast, values, season, checker), range };
  const type = forecast.result === 'first' ? 'float' : 'duration';
  const column = hoisted(call, detector, { of: forecast.output, type }, checker);
  return { ...column, unit: forecast.result === 'first' ? values[0]!.unit : null };
}

export function isForecast(name: string): name is ForecastFunctionName {
  return Object.hasOwn(FORECASTS, name);
}

type Season = Extract<Syntax, { kind: 'season' }>;

/** `season 1d`, behind all else. */
function seasonOf({ arguments: list }: Call): Season | null {
  const last = list.at(-1);
  return last?.kind === 'season' ? last : null;
}

const LEAST_PERIOD_US = 1000;

/** False after a report. */
function isLongEnough(season: Season | null, { report }: Checker): boolean {
  if (season === null || season.period.us >= LEAST_PERIOD_US) return true;
  report(error('MR2110', season.period.span, 'a season is at least `1ms`'));
  return false;
}

type SplitCall = { readonly range: RangeNode['range'] | null; readonly values: Call };

/** The range, which is the last argument, and the call without it; null after a report. */
function splitLookBack(call: Call, { parameters }: ForecastFunction, checker: Checker): SplitCall | null {
  const { least, most } = takesCount(parameters);
  const syntax = call.arguments.at(-1);
  if (syntax === undefined || call.arguments.length <= least) return { range: null, values: call };
  const range = rangeAt(syntax, call.arguments.length > most, checker);
  if (range === null) return null;
  return range === undefined ? { range: null, values: call } : { range, values: withoutArgument(call, -1) };
}

function withoutArgument(call: Call, place: number): Call {
  return { ...call, arguments: call.arguments.toSpliced(place, 1) };
}

function detectorOf(
  { detector }: ForecastFunction,
  values: readonly Checked[],
  season: Season | null,
  { scope }: Checker,
): DetectorCall {
  const [x, second, third] = values as [Checked, Checked?, Checked?];
  const column = scope.hoist.compute(x.expression);
  if (detector === 'forecast') {
    const probability = third === undefined ? USUAL_PROBABILITY : numberOf(third);
    return { detector, arguments: [column], parameters: [numberOf(second!), probability, season?.period.us ?? 0] };
  }
  const limit = scope.hoist.compute(second?.expression ?? literal('float', 0));
  return { detector, arguments: [column, limit], parameters: [] };
}

/** 0 degC is as good a temperature as any other: false after a report. */
function hasEmpty(
  call: Call,
  { detector }: ForecastFunction,
  values: readonly Checked[],
  { report }: Checker,
): boolean {
  const { unit } = values[0]!;
  if (detector !== 'runs_out' || values.length > 1 || unit?.kind !== 'point') return true;
  const hint = `say which level is empty: \`runs_out(x, 5 ${unit.text})\`, or ask \`time_to(x, 5 ${unit.text})\``;
  report(error('MR3110', call.span, `0 ${unit.text} is not empty`, { hint }));
  return false;
}

function numberOf({ expression }: Checked): number {
  return isLiteral(expression) ? Number(expression.value) : Number.NaN;
}
