import type { NumberLiteral } from '../ast.ts';
import { error, type Report } from './report.ts';

/** Partial matches that a key may have (MEANING.md 31). */
const USUAL = 1_000;

/** Each of them is looked at by a row that concerns them all, and is some tens of bytes. */
const MOST = 1_000_000;

/** `max 500 partial`. */
export function checkMaxPartial(written: NumberLiteral | null, report: Report): number {
  if (written === null) return USUAL;
  const { value, text, span } = written;
  if (value < 1) {
    const hint = 'write at least 1, or leave it out: then it is 1000';
    report(error('MR3059', span, `with \`max ${text} partial\` no match can begin`, { hint }));
  } else if (value > MOST) {
    const hint = 'let fewer events begin a match, or let a match be over sooner; `max 1000000 partial` is the most';
    report(error('MR3059', span, `\`max ${text} partial\` is no bound: it is for each key`, { hint }));
  }
  return value;
}
