import type { Expression, RuleMember } from '../ast.ts';
import { error, type Report } from './report.ts';

/** `where` behind a pattern. */
export function reportWhereOfMatch(where: Expression, report: Report): void {
  const hint =
    'write it in the brackets of an event, `a: motor[temp > 90 degC]`; a condition on matches is `having`, or `when`';
  report(error('MR2648', where.span, '`where` does not say which event it is about', { hint }));
}

/** A match is at one instant: nothing of it can last. False after a report. */
export function reportLasting(members: readonly RuleMember[], report: Report): boolean {
  let isRight = true;
  for (const member of members) {
    const duration =
      member.kind === 'level' || member.kind === 'clear'
        ? (member.for ?? (member.kind === 'level' ? member.gap : null))
        : member.kind === 'while'
          ? member.settle
          : null;
    if (duration === null) continue;
    const hint =
      member.kind === 'clear'
        ? 'write `clear after 30m`: so long after the last match'
        : 'the pattern itself says how long things take';
    report(error('MR3049', duration.span, 'a match is at one instant, and nothing of it lasts', { hint }));
    isRight = false;
  }
  return isRight;
}
