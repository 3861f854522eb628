import type { Expression as Syntax } from '../ast.ts';
import type { Expression } from '../plan.ts';
import type { PatternValues } from './pattern-values.ts';
import { error, type Report } from './report.ts';
import type { SchemaField } from './schema.ts';

type Of = { readonly key: readonly SchemaField[]; readonly values: PatternValues };

/** `b: motor[device != a.device]` where `device` is the key: true after a report, as no event would ever be such a one. */
export function reportOtherKey(syntax: Syntax, expression: Expression, of: Of, report: Report): boolean {
  if (expression.kind === 'and') {
    const isWritten = syntax.kind === 'binary' && syntax.operator === 'and';
    const [left, right] = isWritten ? [syntax.left, syntax.right] : [syntax, syntax];
    return reportOtherKey(left, expression.left, of, report) || reportOtherKey(right, expression.right, of, report);
  }
  if (expression.kind !== 'compare' || expression.operator !== '!=') return false;
  const [left, right] = [expression.left, expression.right].map(side => keyField(side, of));
  if (left === undefined || left !== right) return false;
  const hint = 'to look at events of several keys together, say by which field: `by site`, or `by global` for all';
  const message = `\`${left}\` is the key, which all events of a match have in common`;
  report(error('MR2647', syntax.span, message, { hint }));
  return true;
}

function keyField(expression: Expression, { key, values }: Of): string | undefined {
  if (expression.kind !== 'column') return undefined;
  const column = values.find(expression.column)?.column ?? expression.column;
  return key.find(({ name }) => name === column)?.name;
}
