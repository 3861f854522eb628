import type { Frame, Operator } from '../../operator.ts';

/** One frame of so many is timed. A prime: what comes at regular distances is not missed, nor hit each time. */
export const TIMED_EVERY_FRAMES = 61;

/** How long operators take, as a sample says: each timed frame stands for those since the one before. */
export class OperatorTimes {
  readonly #monotonicMs: () => number;
  readonly #ms = new Map<string, number>(); // by node

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  get ms(): ReadonlyMap<string, number> {
    return this.#ms;
  }

  process(operator: Operator, frame: Frame, frames: number): Frame | undefined {
    const startMs = this.#monotonicMs();
    const started = operator.process(frame);
    const { id } = operator.node;
    this.#ms.set(id, (this.#ms.get(id) ?? 0) + (this.#monotonicMs() - startMs) * frames);
    return started;
  }
}
