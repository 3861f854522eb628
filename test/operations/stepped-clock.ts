import type { Clock } from '../../engine/runtime/platform.ts';

/** A clock that goes on when it is told to, so that half an hour of a run takes as long as its work. */
export class SteppedClock implements Clock {
  readonly #startUs: number;
  readonly #sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  #ms = 0;

  constructor(startUs: number) {
    this.#startUs = startUs;
  }

  nowUs(): number {
    return this.#startUs + this.#ms * 1000;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { untilMs: this.#ms + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => resolve(), { once: true });
    if (signal?.aborted === true) resolve();
    await promise;
    this.#sleepers.delete(sleeper);
  }

  async giveWay(): Promise<void> {
    await new Promise(setImmediate);
  }

  advance(ms: number): void {
    this.#ms += ms;
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= this.#ms) wake();
  }
}
