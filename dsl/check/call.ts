import type { Expression as Syntax } from '../ast.ts';
import { AGGREGATES } from '../catalog/aggregates.ts';
import { DETECTORS } from '../catalog/detectors.ts';
import { FORECASTS } from '../catalog/forecasts.ts';
import { functionNames, OTHER_NAMES, SCALAR_FUNCTIONS } from '../catalog/functions.ts';
import { HISTORY_FUNCTIONS } from '../catalog/history-functions.ts';
import { SHAPE_FUNCTIONS } from '../catalog/shape-functions.ts';
import type { ShapeFunction } from '../plan.ts';
import { checkAggregateCall } from './aggregate-call.ts';
import type { ScalarFunction } from '../catalog/scalar-function.ts';
import type { Checker } from './checker.ts';
import { checkDetectorCall, isDetector } from './detector-call.ts';
import { nearestWord } from '../did-you-mean.ts';
import { checkForecastCall, isForecast } from './forecast-call.ts';
import { checkHistoryCall } from './history-call.ts';
import { error } from './report.ts';
import { checkScalarCall } from './scalar-call.ts';
import type { Checked } from './scope.ts';
import { checkShapeCall } from './shape-call.ts';
import { NO_HOIST } from './statement-scope.ts';

export type Call = Extract<Syntax, { kind: 'call' }>;

/** `abs(x)`, `avg(temp, 1h)`, `prev(temp)`; null after a report. */
export function checkCall(call: Call, checker: Checker): Checked | null {
  const { name } = call.name;
  const { alertCall } = checker.scope;
  const misplaced = call.arguments.find(argument => isMisplaced(argument, name));
  if (misplaced !== undefined) return checker.check(misplaced);
  if (name === 'alert') return alertCall === undefined ? reportAlert(call, checker) : alertCall(call, checker);
  if (Object.hasOwn(SCALAR_FUNCTIONS, name)) return checkScalarCall(call, SCALAR_FUNCTIONS[name]!, checker);
  if (Object.hasOwn(AGGREGATES, name)) return checkAggregateCall(call, AGGREGATES[name]!, checker);
  if (isHistoryFunction(name)) return checkHistoryCall(call, name, checker);
  if (isShape(name)) return checkShapeCall(call, name, checker);
  if (isDetector(name)) return checkDetectorCall(call, name, checker);
  if (isForecast(name)) return checkForecastCall(call, name, checker);
  const { functions = {} } = checker.scope;
  if (Object.hasOwn(functions, name)) return checkOwnCall(call, functions[name]!, checker);
  return reportUnknown(call, checker);
}

/** `adapt 7d` or `season 1d` in a call that takes none. */
function isMisplaced({ kind }: Syntax, name: string): boolean {
  if (kind === 'adapt') return !(isDetector(name) && DETECTORS[name].learns);
  return kind === 'season' && !(isForecast(name) && FORECASTS[name].hasSeason);
}

/** A function of the program: computed where rows are, as a column. */
function checkOwnCall(call: Call, entry: ScalarFunction, checker: Checker): Checked | null {
  if (checker.scope.hoist !== NO_HOIST) return checkScalarCall(call, entry, checker);
  const { name, span } = call.name;
  const hint = 'compute it in the `select` of a stream, which gives it a name';
  checker.report(
    error('MR2007', span, `\`${name}\` is a function of the program, and cannot stand in ${checker.scope.place}`, {
      hint,
    }),
  );
  return null;
}

function isHistoryFunction(name: string): name is keyof typeof HISTORY_FUNCTIONS {
  return Object.hasOwn(HISTORY_FUNCTIONS, name);
}

function isShape(name: string): name is ShapeFunction {
  return Object.hasOwn(SHAPE_FUNCTIONS, name);
}

function reportAlert({ span, arguments: [rule] }: Call, { report }: Checker): null {
  const named = rule?.kind === 'string' ? `"${rule.value}"` : '"…"';
  const hint = `join it: \`stream changes = from alerts where rule == ${named}\`, then \`left join changes latest\``;
  const message = '`alert` stands in `suppress when` alone: it says who is told of an alert, and decides of none';
  report(error('MR2653', span, message, { hint }));
  return null;
}

/** Its arguments are checked all the same, so that all errors are told at once. */
function reportUnknown({ name: { name, span }, arguments: syntaxes }: Call, checker: Checker): null {
  checker.report(
    error('MR2002', span, `there is no function \`${name}\``, {
      hint: hintForFunction(name, Object.keys(checker.scope.functions ?? {})),
    }),
  );
  const inside = checker.inAggregate();
  for (const syntax of syntaxes) if (syntax.kind === 'name' || syntax.kind === 'member') inside.check(syntax);
  return null;
}

function hintForFunction(name: string, own: readonly string[]): string | undefined {
  const other = OTHER_NAMES[name.toLowerCase()];
  if (other !== undefined) return `here it is ${other.includes('`') ? other : `\`${other}\``}`;
  const near = nearestWord(name, [...functionNames(), ...own]);
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}
