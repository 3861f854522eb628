import type { Frame, FrameStep } from '../../operator.ts';

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

  process(step: FrameStep, frame: Frame, frames: number): Frame | undefined {
    const startMs = this.#monotonicMs();
    const started = step.process(frame);
    const nodes = 'nodes' in step ? step.nodes : [step.node];
    const ms = ((this.#monotonicMs() - startMs) * frames) / nodes.length;
    for (const { id } of nodes) this.#ms.set(id, (this.#ms.get(id) ?? 0) + ms);
    return started;
  }
}
