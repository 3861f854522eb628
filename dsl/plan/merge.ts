import type { Field } from './field.ts';

/**
 * Rows of several views in one order, by the one key that all of them have (MEANING.md 5): of (time, arrival, place among the
 * inputs). A row waits until no input can give another one that comes before it, and for an input of which nothing is on its
 * way no longer than `latenessUs` of that on the arrival clock. Rows behind what was handed over are late here, and counted.
 */
export type MergeNode = {
  readonly kind: 'merge';
  readonly id: string;
  readonly inputs: readonly MergeInput[]; // two or more, in the file's order; a view may be there twice
  readonly key: readonly Field[];
};

export type MergeInput = {
  readonly input: string;
  /** The name of a bool column of the merged rows: true of those of this input, else false. Contains `#`. */
  readonly isHere: string;
  /** `name` is the merged rows' and contains `#`; it is null in rows of other inputs. `column`: the input's. */
  readonly columns: readonly (Field & { readonly column: string })[];
  /** How much later a row of it may come than another input's of its time: lateness, and how long its windows stay open. */
  readonly latenessUs: number;
};
