import type { KillMoment, KillPlan } from './kill-plan.ts';

/** How a process is killed: by itself, or from outside after a time. `byte` and `operation` are of its file traffic. */
export type Kill = { readonly plan: KillPlan; readonly afterMs: number };

export type Traffic = { readonly bytes: number; readonly operations: number };

const KINDS = ['byte', 'time', 'operation'] as const;
const MOMENTS: readonly KillMoment[] = ['before', 'torn', 'after'];

/** Draws one kind after the other; in the middle of what such a process does, or a little behind it. */
export class KillDraw {
  readonly #random: () => number;
  readonly #longestMs: number;
  #traffic: Traffic;
  #drawn = -1;

  /** `traffic`: a guess of what a process does until it is killed from outside, which what is seen improves. */
  constructor(random: () => number, options: { readonly longestMs: number; readonly traffic: Traffic }) {
    this.#random = random;
    this.#longestMs = options.longestMs;
    this.#traffic = options.traffic;
  }

  next(): Kill {
    const kind = KINDS[++this.#drawn % KINDS.length]!;
    const { bytes, operations } = this.#traffic;
    switch (kind) {
      case 'time':
        return { plan: { kind: 'never' }, afterMs: this.#below(this.#longestMs) };
      case 'byte':
        return { plan: { kind, at: this.#below(bytes) }, afterMs: this.#longestMs };
      case 'operation': {
        const moment = MOMENTS[this.#below(MOMENTS.length)]!;
        return { plan: { kind, at: this.#below(operations), moment }, afterMs: this.#longestMs };
      }
    }
  }

  /** What a process did until it was killed. The guess follows slowly. */
  saw({ bytes, operations }: Traffic): void {
    const follow = (guess: number, seen: number) => Math.max(seen, Math.ceil(guess * 0.9), 10);
    this.#traffic = {
      bytes: follow(this.#traffic.bytes, bytes),
      operations: follow(this.#traffic.operations, operations),
    };
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}
