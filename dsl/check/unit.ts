import type { UnitText } from '../ast.ts';
import { isUnit, parseUnit, type Unit } from '../catalog/unit.ts';
import { error, type Report } from './report.ts';

/** The unit of a declared field; null after a report. */
export function unitOf({ text, span }: UnitText, report: Report): Unit | null {
  const parsed = parseUnit(text);
  if (isUnit(parsed)) return parsed;
  const hint = parsed.suggestion === undefined ? undefined : `did you mean \`${parsed.suggestion}\`?`;
  report(error('MR2203', span, parsed.error, { hint }));
  return null;
}
