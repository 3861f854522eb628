import type { ValueType } from '../../dsl/plan.ts';

/**
 * A scalar function of the language. It is called with plain values that are there (a null argument gives null without
 * a call): doubles, booleans, and texts for strings, symbols, qualities and severities. A result that is not finite is
 * null. It is total: garbage of a row that does not exist may give garbage, and never throws.
 */
export type ScalarFunction = {
  readonly result: 'number' | 'bool' | 'string';
  readonly evaluate: (...values: never[]) => number | boolean | string | null;
  /** The same as JavaScript source over the sources of its arguments, each an atom; without it, generated code calls `evaluate`. */
  readonly inline?: (...sources: string[]) => string;
  /** Of the program: it is called for rows that exist only, and may give null. */
  readonly isOwn?: true;
  /** Called instead where the first argument has this type; never inlined. */
  readonly byType?: { readonly [Type in ValueType]?: (...values: never[]) => number | boolean | string };
};
