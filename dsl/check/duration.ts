import type { DurationLiteral } from '../ast.ts';
import { error, type Report } from './report.ts';

/** A duration that has to be longer than nothing; zero is reported and taken as it is. */
export function positiveUs(duration: DurationLiteral, what: string, report: Report, hint?: string): number {
  if (!(duration.us > 0)) {
    report(error('MR3001', duration.span, `${what} must be longer than \`${duration.text}\``, { hint }));
  }
  return duration.us;
}
