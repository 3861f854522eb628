import type { Field } from './field.ts';

/** The same rows, keyed anew: `by site`, or `by global` where `by` is empty. Watermark: MEANING.md 6. */
export type RekeyNode = {
  readonly kind: 'rekey';
  readonly id: string;
  readonly input: string;
  readonly by: readonly string[]; // columns of the input
  readonly fields: readonly Field[]; // of the output: the new key's fields are among them
};
