import type { Diagnostic, Span } from '../diagnostics.ts';
import { error } from './report.ts';

/** Whether the IANA name is known. */
export function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false; // RangeError is how Intl says no
  }
}

export function unknownZone(name: string, span: Span): Diagnostic {
  return error('MR2110', span, `there is no time zone "${name}"`, { hint: 'for example "Europe/Berlin" or "UTC"' });
}
