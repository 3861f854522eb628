/** The column of a silence's rows that says whether the key is silent. */
export const SILENT = '#silent';

/**
 * A row of a key of the source whenever it falls silent (no message of it has come for `forUs`) and whenever it speaks again, and
 * while it is silent when its row of `expectedBy` changes. Time is the arrival clock's. Columns are the key's, and SILENT.
 */
export type SilenceNode = {
  readonly kind: 'silence';
  readonly id: string;
  readonly input: string; // a source
  readonly forUs: number;
  /** The table whose keys are watched, from its rows' appearance; null: the keys that have been seen. */
  readonly expectedBy: string | null;
};
