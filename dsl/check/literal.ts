import type { Expression as Syntax, NumberLiteral } from '../ast.ts';
import { isUnit, parseUnit, type Unit } from '../catalog/unit.ts';
import type { Span } from '../diagnostics.ts';
import { literal } from './fold.ts';
import { error, type Report } from './report.ts';
import type { Checked } from './scope.ts';

/** A number with its unit; null after a report. */
export function checkNumber({ value, text, unit, span }: NumberLiteral, report: Report): Checked | null {
  const parsed = unit === null ? null : unitAt(unit.text, unit.span, report);
  if (parsed === undefined) return null;
  const type = /^\d+$/.test(text) ? 'int' : 'float';
  return { expression: literal(type, value), type, unit: parsed, span };
}

export function checkSimpleLiteral(
  syntax: Extract<Syntax, { kind: 'duration' | 'string' | 'boolean' | 'null' }>,
): Checked {
  const { span } = syntax;
  switch (syntax.kind) {
    case 'duration':
      return { expression: literal('duration', syntax.us), type: 'duration', unit: null, span };
    case 'string':
      return { expression: literal('string', syntax.value), type: 'string', unit: null, span };
    case 'boolean':
      return { expression: literal('bool', syntax.value), type: 'bool', unit: null, span };
    case 'null': // takes the type of what it stands beside
      return { expression: literal('float', null), type: 'float', unit: null, span };
  }
}

/** Undefined after a report. */
function unitAt(text: string, span: Span, report: Report): Unit | undefined {
  const parsed = parseUnit(text);
  if (isUnit(parsed)) return parsed;
  const hint = parsed.suggestion === undefined ? undefined : `did you mean \`${parsed.suggestion}\`?`;
  report(error('MR2203', span, parsed.error, { hint }));
  return undefined;
}
