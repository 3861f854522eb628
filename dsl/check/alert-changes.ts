import type { Expression } from '../ast.ts';
import { hintFor } from '../did-you-mean.ts';
import { ALERT_CHANGES } from '../plan.ts';
import { error, type Report } from './report.ts';
import { walkExpression } from './walk-syntax.ts';

/** `change == "raise"`, over alerts: it would never be true, and nothing would say so. */
export function reportUnknownChanges(expression: Expression, alias: string | null, report: Report): void {
  walkExpression(expression, inside => {
    for (const word of wordsBesideChange(inside, alias)) {
      if (word.kind !== 'string' || ALERT_CHANGES.some(change => change === word.value)) continue;
      const hint = hintFor(word.value, ALERT_CHANGES, 'changes');
      report(error('MR2657', word.span, `no change of an alert is called \`${word.value}\``, { hint }));
    }
  });
}

function wordsBesideChange(expression: Expression, alias: string | null): readonly Expression[] {
  if (expression.kind === 'binary') {
    const { left, right } = expression;
    if (isAlertField(left, 'change', alias)) return [right];
    return isAlertField(right, 'change', alias) ? [left] : [];
  }
  if (expression.kind !== 'in' || !Array.isArray(expression.items)) return [];
  return isAlertField(expression.operand, 'change', alias) ? expression.items : [];
}

/** `rule`, or `a.rule` of `alerts as a`. */
export function isAlertField(expression: Expression, name: string, alias: string | null): boolean {
  if (expression.kind === 'name') return expression.name === name;
  if (expression.kind !== 'member' || expression.object.kind !== 'name') return false;
  return expression.object.name === alias && expression.property.name === name;
}
