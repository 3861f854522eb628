import type { Field } from './field.ts';
import type { SourceField } from './source.ts';

/**
 * Rows by key, each in versions: the row of a key at a time is the last one that is valid from then or before. `fields` are all
 * declared ones, the key's among them; of a row that is there each may be null, but for the key's.
 */
export type TableNode = {
  readonly kind: 'table';
  readonly id: string;
  readonly connector: string; // file, kv, questdb
  readonly address: string;
  readonly directory: string; // as of a source
  readonly key: readonly string[];
  readonly fields: readonly SourceField[];
  /** The field that says from when a row is valid; null: from when it is found. */
  readonly validFrom: string | null;
};

/**
 * Fields of the table's row that has these columns of the input as its key, as of the event's time (MEANING.md 17); null
 * where there is none. All look-ups of one row stand in one node.
 */
export type LookupNode = {
  readonly kind: 'lookup';
  readonly id: string;
  readonly input: string;
  readonly table: string;
  readonly key: readonly string[]; // in the order of the table's
  readonly fields: readonly (Field & { readonly field: string })[]; // `name` is the column that is added
};
