import type { Expression as Syntax, NumberLiteral } from '../ast.ts';
import { literal } from './fold.ts';
import { error, type Report } from './report.ts';
import type { Checked } from './scope.ts';
import { unitOf } from './unit.ts';

/** A number with its unit; null after a report. */
export function checkNumber({ value, text, unit, span }: NumberLiteral, report: Report): Checked | null {
  const known = unit === null ? null : unitOf(unit, report);
  if (unit !== null && known === null) return null;
  if (!Number.isFinite(value)) {
    report(error('MR2110', span, `\`${text}\` is greater than any number can be`));
    return null;
  }
  const type = unit === null && /^\d+$/.test(text) ? 'int' : 'float';
  return { expression: literal(type, value), type, unit: known, span };
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
