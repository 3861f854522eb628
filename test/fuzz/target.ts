/** What is fuzzed: seeds to start from, and a check that throws where an input shows a fault. */
export type FuzzTarget = {
  readonly name: string;
  /** Parts of the paths of the files whose coverage guides the search. */
  readonly covered: readonly string[];
  readonly seeds: readonly Buffer[];
  /** Words that an input's tokens are replaced by. */
  readonly words: readonly string[];
  /** Longer inputs are cut: a search is worth the more, the more inputs it tries. */
  readonly maxBytes: number;
  readonly check: (input: Buffer) => void;
};

/** A fault that a check has found, in words; anything else that it throws is one too. */
export class Fault extends Error {}
