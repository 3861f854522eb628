import { createRandom } from '../../engine/scenario/random.ts';
import { BlockCoverage } from './block-coverage.ts';
import { mutate } from './mutation.ts';
import type { FuzzTarget } from './target.ts';

export type FuzzOptions = {
  readonly runs: number;
  readonly seed: string;
  /** Told of each input before it runs, for whoever watches for one that does not end. */
  readonly onInput?: (input: Buffer) => void;
};

export type FuzzResult = {
  readonly runs: number;
  /** Inputs that ran code which none before had run, the seeds included. */
  readonly inputs: number;
  readonly failure: FuzzFailure | null;
};

export type FuzzFailure = { readonly input: Buffer; readonly error: unknown };

/**
 * Runs a target over the seeds and then over mutations of what has run new code so far, until the first fault. The same
 * seed gives the same inputs, where it is the first search of the process: V8 tells of a block once.
 */
export function fuzz(target: FuzzTarget, options: FuzzOptions): FuzzResult {
  const run = new FuzzRun(target, options);
  try {
    return run.toEnd();
  } finally {
    run.close();
  }
}

class FuzzRun {
  readonly #target: FuzzTarget;
  readonly #options: FuzzOptions;
  readonly #coverage: BlockCoverage;
  readonly #corpus: Buffer[] = []; // bound: one a character of the sources
  #runs = 0;
  #batchInputs = 8; // the fewer of them are new, the more at once

  constructor(target: FuzzTarget, options: FuzzOptions) {
    this.#target = target;
    this.#options = options;
    this.#coverage = new BlockCoverage(target.covered);
  }

  toEnd(): FuzzResult {
    const { seeds, words, maxBytes } = this.#target;
    const { runs, seed } = this.#options;
    const random = createRandom(`${this.#target.name} ${seed}`);
    let failure: FuzzFailure | null = null;
    for (let at = 0; at < seeds.length && this.#runs < runs && failure === null; at++)
      failure = this.#search([seeds[at]!]);
    while (failure === null && this.#runs < runs) {
      const corpus = this.#corpus.length === 0 ? seeds : this.#corpus;
      const inputs = Array.from({ length: Math.min(this.#batchInputs, runs - this.#runs) }, () =>
        mutate({ random, corpus, words, maxBytes }),
      );
      failure = this.#search(inputs);
    }
    return this.#result(failure);
  }

  close(): void {
    this.#coverage.close();
  }

  #search(inputs: readonly Buffer[]): FuzzFailure | null {
    for (const input of inputs) {
      this.#runs++;
      const failure = this.#run(input);
      if (failure !== null) return failure;
    }
    const before = this.#corpus.length;
    this.#keepFresh(inputs);
    const isFresh = this.#corpus.length > before;
    this.#batchInputs = isFresh ? Math.max(this.#batchInputs / 2, 8) : Math.min(this.#batchInputs * 2, 256);
    return null;
  }

  /**
   * Takes those of the inputs that have just run new code into the corpus. Which they are is found by halves: to run them
   * again costs less than to ask after each.
   */
  #keepFresh(inputs: readonly Buffer[]): void {
    const fresh = this.#coverage.take();
    if (fresh.length === 0) return;
    if (inputs.length === 1) this.#corpus.push(inputs[0]!);
    for (const half of inputs.length === 1 ? [] : halvesOf(inputs)) {
      for (const input of half) this.#run(input);
      this.#keepFresh(half);
    }
    this.#coverage.add(fresh); // also what no input has run alone, such as what V8 does once
  }

  #run(input: Buffer): FuzzFailure | null {
    this.#options.onInput?.(input);
    return checked(this.#target, input);
  }

  #result(failure: FuzzFailure | null): FuzzResult {
    return { runs: this.#runs, inputs: this.#corpus.length, failure };
  }
}

/** What is wrong with an input, or null. */
export function checked(target: FuzzTarget, input: Buffer): FuzzFailure | null {
  for (let attempt = 1; ; attempt++) {
    const startMs = performance.now();
    try {
      target.check(input);
    } catch (error) {
      return { input, error };
    }
    const elapsedMs = performance.now() - startMs;
    if (elapsedMs <= MAX_INPUT_MS) return null;
    // A busy machine is slow once, an input is always.
    if (attempt === 3) return { input, error: new Error(`took ${Math.round(elapsedMs)} ms`) };
  }
}

function halvesOf<T>(list: readonly T[]): readonly (readonly T[])[] {
  const middle = list.length >> 1;
  return [list.slice(0, middle), list.slice(middle)];
}

const MAX_INPUT_MS = 1000;
