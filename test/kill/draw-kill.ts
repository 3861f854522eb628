import type { KillMoment, KillPlan } from './kill-plan.ts';

/** How a process is killed: by itself at a place of its file traffic, or from outside, at the latest after a time. */
export type Kill = {
  readonly plan: KillPlan;
  /** The time begins with the process, or with its first file operation. */
  readonly since: 'start' | 'first operation';
  readonly afterMs: number;
};

export type KillKind = 'byte' | 'operation' | 'time' | 'start';

/** What a process did until it ended. */
export type Activity = { readonly bytes: number; readonly operations: number };

/** Draws kills of the given kinds in turn, within what such a process does before its time is over. */
export class KillDraw {
  readonly #random: () => number;
  readonly #kinds: readonly KillKind[];
  readonly #longestMs: number;
  #activity: Activity;
  #drawn = 0;

  /** `activity`: a guess, which what is seen improves. */
  constructor(options: {
    readonly random: () => number;
    readonly kinds: readonly KillKind[];
    readonly longestMs: number;
    readonly activity: Activity;
  }) {
    this.#random = options.random;
    this.#kinds = options.kinds;
    this.#longestMs = options.longestMs;
    this.#activity = options.activity;
  }

  next(): Kill {
    const never: KillPlan = { kind: 'never' };
    const { bytes, operations } = this.#activity;
    const kind = this.#kinds[this.#drawn++ % this.#kinds.length]!;
    switch (kind) {
      case 'start':
        return { plan: never, since: 'start', afterMs: this.#below(START_MS) };
      case 'time':
        return { plan: never, since: 'first operation', afterMs: this.#below(this.#longestMs) };
      case 'byte':
        return this.#atLatest({ kind, at: this.#below(bytes) });
      case 'operation':
        return this.#atLatest({ kind, at: this.#below(operations), moment: MOMENTS[this.#below(MOMENTS.length)]! });
    }
  }

  /** The guess is the most that was seen, and falls slowly. */
  saw({ bytes, operations }: Activity): void {
    const follow = (guess: number, seen: number) => Math.max(seen, Math.ceil(guess * 0.8));
    this.#activity = {
      bytes: follow(this.#activity.bytes, bytes),
      operations: follow(this.#activity.operations, operations),
    };
  }

  #atLatest(plan: KillPlan): Kill {
    return { plan, since: 'first operation', afterMs: this.#longestMs };
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}

const MOMENTS: readonly KillMoment[] = ['before', 'torn', 'after'];
const START_MS = 800; // less than most starts take
