import type { Expression } from './expression.ts';
import type { ValueType } from './field.ts';

/**
 * A condition over `columns` of the rule's input, as the key's last row had them, and over `alerts`: each a column of type
 * bool that says whether an alert of that rule and key fires. These change on the arrival clock, between rows as well.
 */
export type Suppression = {
  readonly condition: Expression;
  readonly columns: readonly { readonly column: string; readonly type: ValueType }[]; // those of the keys of `alerts` among them
  readonly alerts: readonly SuppressingAlert[];
};

/** `rule` is a node's id, wherever it stands in the plan; `key` has a column for each field of its key. */
export type SuppressingAlert = { readonly column: string; readonly rule: string; readonly key: readonly string[] };
