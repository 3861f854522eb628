import type { Expression as Syntax } from '../ast.ts';
import { SHAPE_FUNCTIONS } from '../catalog/shape-functions.ts';
import type { Parameter } from '../catalog/signature.ts';
import type { RangeNode, ShapeFunction } from '../plan.ts';
import { checkArguments } from './arguments.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import type { HistoryCall } from './columns.ts';
import { splitRange } from './range.ts';
import { error } from './report.ts';
import type { Checked } from './scope.ts';

/** `rising(x, 3 events)`, `stays(x, 10..20, 30s)`, `crosses(x, limit)`; null after a report. */
export function checkShapeCall(call: Call, name: ShapeFunction, checker: Checker): Checked | null {
  const { takes } = SHAPE_FUNCTIONS[name];
  const { scope, report } = checker;
  if (call.arguments.length !== takes.length) return reportCount(call, takes, checker);
  if (scope.aggregates === 'none') {
    report(error('MR3105', call.span, `\`${name}\` looks back at earlier events, and ${scope.place} has none`));
    return null;
  }
  const shape = name === 'crosses' ? crossing(call, checker) : run(call, name, checker);
  if (shape === null) return null;
  const column = scope.hoist.history({ function: name, type: 'bool', ...shape });
  scope.onCall?.(column, call.span);
  return { expression: { kind: 'column', type: 'bool', column }, type: 'bool', unit: null, span: call.span };
}

type ShapeOf = Omit<HistoryCall, 'function' | 'type'>;

function crossing(call: Call, checker: Checker): ShapeOf | null {
  const values = checkArguments(call, [ORDERED, { name: 'limit', accepts: 'ordered', unit: 'first' }], checker);
  if (values === null) return null;
  const [argument, limit] = values.map(({ expression }) => checker.scope.hoist.compute(expression));
  return { argument: argument!, limit: limit!, events: 1 };
}

function run(call: Call, name: Exclude<ShapeFunction, 'crosses'>, checker: Checker): ShapeOf | null {
  const values = call.arguments.slice(0, -1);
  const argument =
    name === 'stays' ? inside(values as [Syntax, Syntax], call, checker) : ordered(call, values, checker); // as: their number is checked
  const range = rangeOf(call, values.length, checker);
  if (argument === null || range === null || !isLongEnough(call, name, range, checker)) return null;
  const column = checker.scope.hoist.compute(argument.expression);
  return { argument: column, ...('us' in range ? { events: 1, us: range.us } : { events: range.events }) };
}

function ordered(call: Call, values: readonly Syntax[], checker: Checker): Checked | null {
  return checkArguments({ ...call, arguments: values }, [ORDERED], checker)?.[0] ?? null;
}

/** As `x in low..high`. */
function inside([operand, items]: readonly [Syntax, Syntax], { span }: Call, checker: Checker): Checked | null {
  if (items.kind === 'interval') return checker.check({ kind: 'in', operand, items, isNegated: false, span });
  checker.report(error('MR3085', items.span, '`stays` takes a range of values', { hint: 'for example `10..20`' }));
  return null;
}

function rangeOf(call: Call, before: number, checker: Checker): RangeNode['range'] | null {
  const split = splitRange(
    call,
    Array.from({ length: before }, () => ORDERED),
    checker,
  );
  if (split === null) return null;
  if (split.range === null) {
    const hint = 'write for example `3 events` or `30s`';
    checker.report(error('MR3104', call.arguments.at(-1)!.span, 'the last argument says how far back', { hint }));
  }
  return split.range;
}

function isLongEnough(call: Call, name: ShapeFunction, range: RangeNode['range'], { report }: Checker): boolean {
  const { least } = SHAPE_FUNCTIONS[name];
  if ('us' in range || range.events >= least) return true;
  report(error('MR2110', call.arguments.at(-1)!.span, `\`${name}\` is of at least ${least} events`));
  return false;
}

function reportCount(
  { name: { name }, arguments: given, span }: Call,
  takes: readonly string[],
  { report }: Checker,
): null {
  const message = `\`${name}\` takes ${takes.length} arguments, and here ${given.length === 1 ? 'is one' : `are ${given.length}`}`;
  report(error('MR2006', span, message, { hint: `it is \`${name}(${takes.join(', ')})\`` }));
  return null;
}

const ORDERED: Parameter = { name: 'x', accepts: 'ordered' };
