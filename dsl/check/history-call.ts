import { HISTORY_FUNCTIONS } from '../catalog/history-functions.ts';
import { checkArguments } from './arguments.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import { isLiteral } from './fold.ts';
import { error } from './report.ts';
import type { Checked } from './scope.ts';

/** `prev(temp)`, `becomes(c)`: what an earlier event of the same key says; null after a report. */
export function checkHistoryCall(call: Call, name: keyof typeof HISTORY_FUNCTIONS, checker: Checker): Checked | null {
  const { parameters, result } = HISTORY_FUNCTIONS[name];
  const { scope, report } = checker;
  const values = checkArguments(call, parameters, checker);
  if (scope.aggregates === 'none') {
    report(error('MR3105', call.span, `\`${name}\` looks back at earlier events, and ${scope.place} has none`));
    return null;
  }
  if (values === null) return null;
  const [value, count] = values as [Checked, Checked?];
  const type = result === 'first' ? value.type : result;
  const column = scope.hoist.history({
    function: name,
    argument: scope.hoist.compute(value.expression),
    events: count !== undefined && isLiteral(count.expression) ? Number(count.expression.value) : 1,
    type,
  });
  scope.onCall?.(column, call.span);
  return {
    expression: { kind: 'column', type, column },
    type,
    unit: result === 'first' ? value.unit : null,
    span: call.span,
  };
}
