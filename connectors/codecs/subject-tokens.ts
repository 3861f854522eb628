import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';

/**
 * The tokens of subjects that some field is read from, as UTF-8. A subject is cut once and kept, so that an event costs a
 * look-up. Texts are kept and no ids of a symbol table, since a job frees ids that no row refers to.
 */
export class SubjectTokens {
  readonly #wanted: readonly number[];
  // Two generations, each with half of the bound: what is used stays, without a list of uses.
  #young = new Map<string, Tokens>();
  #old: ReadonlyMap<string, Tokens> = new Map();
  readonly #maxSubjects: number;
  #lastSubject: string | null = null;
  #lastTokens: Tokens = [];

  /** `wanted`: numbers of tokens, counted from 1. */
  constructor(wanted: readonly number[], { maxSubjects = 100_000 }: { readonly maxSubjects?: number } = {}) {
    this.#wanted = wanted;
    this.#maxSubjects = maxSubjects;
  }

  /** In the order of `wanted`; undefined where the subject has no such token, or an empty one. */
  of(subject: string): Tokens {
    if (subject === this.#lastSubject) return this.#lastTokens;
    let tokens = this.#young.get(subject);
    if (tokens === undefined) {
      tokens = this.#old.get(subject) ?? this.#cut(subject);
      this.#keep(subject, tokens);
    }
    this.#lastSubject = subject;
    this.#lastTokens = tokens;
    return tokens;
  }

  #cut(subject: string): Tokens {
    const tokens = subject.split('.');
    return this.#wanted.map(token => {
      const text = tokens[token - 1];
      return text === undefined || text === '' ? undefined : Buffer.from(text);
    });
  }

  #keep(subject: string, tokens: Tokens): void {
    if (subject.length > MAX_KEPT_CHARACTERS) return;
    if (this.#young.size >= this.#maxSubjects / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(subject, tokens);
  }
}

export type Tokens = readonly (Buffer | undefined)[];

export function setToken(builder: BatchBuilder, slot: number, token: Buffer | undefined): void {
  if (token === undefined) builder.setMissing(slot);
  else builder.setBytes(slot, token, 0, token.length);
}

const MAX_KEPT_CHARACTERS = 1_000;
