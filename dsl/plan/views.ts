import type { Expression } from './expression.ts';
import type { Field } from './field.ts';

/** Rows for which the condition is true (not false, not null). */
export type FilterNode = {
  readonly kind: 'filter';
  readonly id: string;
  readonly input: string;
  readonly condition: Expression;
};

/** The same rows under other names: exactly `fields` are visible behind it (and the key's, which always are). */
export type SelectNode = {
  readonly kind: 'select';
  readonly id: string;
  readonly input: string;
  readonly fields: readonly (Field & { readonly column: string })[]; // a column of the input
};
