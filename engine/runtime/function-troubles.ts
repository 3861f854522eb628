import type { FunctionTrouble } from '../functions/own-functions.ts';
import type { JobWarning } from './job-options.ts';

/** Calls of functions of the program that went wrong: each kind is told once, and counted. Bounded: two codes a function. */
export class FunctionTroubles {
  readonly #onFirst: (warning: JobWarning) => void;
  readonly #counts = new Map<string, Map<string, number>>(); // by function, by code

  constructor(onFirst: (warning: JobWarning) => void) {
    this.#onFirst = onFirst;
  }

  take({ function: name, code, message, count }: FunctionTrouble): void {
    const ofFunction = this.#counts.get(name) ?? new Map<string, number>();
    const before = ofFunction.get(code) ?? 0;
    this.#counts.set(name, ofFunction.set(code, before + count));
    if (before === 0) this.#onFirst({ code, message, hint: 'its result is null there; further ones are counted' });
  }

  get counts(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.#counts].map(([name, codes]) => [name, Object.fromEntries(codes)]));
  }
}
