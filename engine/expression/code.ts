import type { ValueType } from '../../dsl/plan.ts';
import { not } from './source.ts';

/**
 * Source of a value. `there` is the condition under which it is not null; `value` means nothing elsewhere. A bool keeps
 * both of its truths, so that Kleene's logic is plain `&&` and `||` on either side.
 */
export type Code = NumberCode | WordCode | TextCode | BoolCode;
/** Where not `isFinite`, the value is also null when it is not finite: + - * / carry that on, others settle it first. */
export type NumberCode = {
  readonly kind: 'number';
  readonly value: string;
  readonly there: string;
  readonly isFinite: boolean;
};
/** A byte that stands for a word. */
type WordCode = { readonly kind: 'quality' | 'severity'; readonly value: string; readonly there: string };
type TextCode = {
  readonly kind: 'symbol' | 'string';
  readonly value: string;
  readonly there: string;
  readonly literal?: string;
};
export type BoolCode = {
  readonly kind: 'bool';
  readonly isTrue: string;
  readonly isFalse: string;
  readonly there: string;
};

/** A condition that is never null. */
export function always(condition: string): BoolCode {
  return { kind: 'bool', isTrue: condition, isFalse: not(condition), there: 'true' };
}

export function nullOf(type: ValueType): Code {
  const kind = kindOf(type);
  if (kind === 'bool') return { kind, isTrue: 'false', isFalse: 'false', there: 'false' };
  if (kind === 'number') return { kind, value: '0', there: 'false', isFinite: true };
  return { kind, value: kind === 'string' ? '""' : '0', there: 'false' };
}

export function kindOf(type: ValueType): Code['kind'] {
  switch (type) {
    case 'float':
    case 'int':
    case 'time':
    case 'duration':
      return 'number';
    default:
      return type;
  }
}

export function isText(code: Code): code is TextCode {
  return code.kind === 'symbol' || code.kind === 'string';
}

/** The value as a JavaScript expression. */
export function plain(code: Code): string {
  return code.kind === 'bool' ? code.isTrue : code.value;
}
