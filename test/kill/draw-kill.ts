import type { KillMoment, KillPlan } from './kill-plan.ts';

/** How a process is killed: by itself at a place of its file traffic, or from outside, at the latest after a time. */
export type Kill = {
  readonly plan: KillPlan;
  /** The time begins with the process, or with its first file operation. */
  readonly since: 'start' | 'first operation';
  readonly afterMs: number;
};

export type KillKind = 'byte' | 'place' | 'time' | 'start';

/** What a process did until it ended. */
export type Activity = { readonly bytes: number; readonly operations: Readonly<Record<string, number>> }; // by place

/** Draws kills of the given kinds in turn, within what such a process does before its time is over. */
export class KillDraw {
  readonly #random: () => number;
  readonly #kinds: readonly KillKind[];
  readonly #longestMs: number;
  #bytes: number;
  readonly #operations: Record<string, number> = {};
  #drawn = 0;

  /** `bytes`: a guess of what is written, which what is seen improves. */
  constructor(options: {
    readonly random: () => number;
    readonly kinds: readonly KillKind[];
    readonly longestMs: number;
    readonly bytes: number;
  }) {
    this.#random = options.random;
    this.#kinds = options.kinds;
    this.#longestMs = options.longestMs;
    this.#bytes = options.bytes;
  }

  next(): Kill {
    const never: KillPlan = { kind: 'never' };
    switch (this.#kinds[this.#drawn++ % this.#kinds.length]!) {
      case 'start':
        return { plan: never, since: 'start', afterMs: this.#below(START_MS) };
      case 'time':
        return { plan: never, since: 'first operation', afterMs: this.#below(this.#longestMs) };
      case 'byte':
        return this.#atLatest({ kind: 'byte', at: this.#below(this.#bytes * REACHED) });
      case 'place':
        return this.#atLatest(this.#placePlan());
    }
  }

  /** The guess is the most that was seen, and falls slowly. */
  saw({ bytes, operations }: Activity): void {
    this.#bytes = follow(this.#bytes, bytes);
    for (const [place, count] of Object.entries(operations)) {
      this.#operations[place] = follow(this.#operations[place] ?? 0, count);
    }
  }

  /** Every place is as likely, however much is done there. */
  #placePlan(): KillPlan {
    const places = Object.keys(this.#operations);
    if (places.length === 0) return { kind: 'byte', at: this.#below(this.#bytes * REACHED) };
    const place = places[this.#below(places.length)]!;
    return {
      kind: 'place',
      place,
      at: this.#below(this.#operations[place]! * REACHED),
      moment: MOMENTS[this.#below(MOMENTS.length)]!,
    };
  }

  #atLatest(plan: KillPlan): Kill {
    return { plan, since: 'first operation', afterMs: this.#longestMs * PATIENCE };
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound); // 0 where the bound is less than 1
  }
}

function follow(guess: number, seen: number): number {
  return Math.max(seen, Math.ceil(guess * 0.8));
}

const MOMENTS: readonly KillMoment[] = ['before', 'torn', 'after'];
const PATIENCE = 3; // a place that is planned is worth waiting for
const REACHED = 0.6; // of the most that was done, what most processes do
const START_MS = 800; // less than most starts take
