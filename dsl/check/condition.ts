import type { Expression, Lookup } from '../ast.ts';
import type { Context } from './context.ts';
import { checkCondition, checkExpression } from './expression.ts';
import { notYet } from './report.ts';
import type { Checked, Scope } from './scope.ts';
import { walkExpression } from './walk-syntax.ts';

/** A condition of a statement; null after a report, or where it asks for what is not in this version. */
export function conditionIn(expression: Expression, scope: Scope, context: Context): Checked | null {
  return isLeftOut(expression, scope, context) ? null : checkCondition(expression, scope, context.report);
}

/** As conditionIn, for expressions of any type. */
export function expressionIn(expression: Expression, scope: Scope, context: Context): Checked | null {
  return isLeftOut(expression, scope, context) ? null : checkExpression(expression, scope, context.report);
}

/** Look-ups of a statement: their tables must exist; true where there are any, and the statement has to wait. */
export function reportLookups(lookups: readonly Lookup[], context: Context): boolean {
  for (const lookup of lookups) {
    if (context.names.table(lookup.table, context.report) === null) continue;
    context.report(notYet('MR8051', lookup.span, 'tables cannot be looked up'));
  }
  return lookups.length > 0;
}

function isLeftOut(expression: Expression, scope: Scope, context: Context): boolean {
  let isOut = context.constants.isBroken(expression);
  walkExpression(expression, inside => {
    if (inside.kind !== 'index' || inside.object.kind !== 'name') return;
    const { name } = inside.object;
    if (scope.resolve(name) !== undefined || context.names.get(name)?.kind !== 'table') return;
    context.report(notYet('MR8051', inside.span, 'tables cannot be looked up'));
    isOut = true;
  });
  return isOut;
}
