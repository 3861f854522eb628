import type { Expression } from '../ast.ts';
import { error, type Report } from './report.ts';

/** `where` behind a pattern. */
export function reportWhereOfMatch(where: Expression, report: Report): void {
  const hint = 'write it in the brackets of an event, `a: motor[temp > 90 degC]`; a condition on matches is `having`, or `when`';
  report(error('MR2648', where.span, '`where` does not say which event it is about', { hint }));
}
