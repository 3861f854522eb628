import type { Clock } from '../../engine/runtime/platform.ts';

/** Time that passes from one thing to the next; all that follows from a thing at once is over before the next. */
export class VirtualTime {
  nowMs = 0;
  /** The next one last. */
  readonly #things: { readonly atMs: number; readonly order: number; readonly act: () => void }[] = [];
  #order = 0;

  at(atMs: number, act: () => void): void {
    const thing = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, act };
    const later = this.#things.findLastIndex(other => other.atMs > thing.atMs);
    this.#things.splice(later + 1, 0, thing);
  }

  async passUntil(untilMs: number): Promise<void> {
    for (;;) {
      await settled();
      const next = this.#things.at(-1);
      if (next === undefined || next.atMs > untilMs) break;
      this.#things.pop();
      this.nowMs = next.atMs;
      next.act();
    }
    this.nowMs = untilMs;
  }
}

/** A machine with a clock of its own, on which nothing happens while it is stopped, and nothing any more when it is killed. */
export class Machine {
  readonly time: VirtualTime;
  readonly clock: Clock;
  readonly #rate: number;
  #state: 'runs' | 'stopped' | 'dead' = 'runs';
  #waiting: (() => void)[] = [];

  /** `rate`: of its clock. */
  constructor(time: VirtualTime, rate: number) {
    this.time = time;
    this.#rate = rate;
    this.clock = {
      nowUs: () => Math.round((1_700_000_000_000 + time.nowMs * rate * 3) * 1_000), // wrong, as clocks on the wall are
      monotonicMs: () => time.nowMs * rate,
      sleep: async (ms, signal) => await this.#sleep(ms, signal),
      giveWay: async () => await this.#sleep(0),
    };
  }

  get isRunning(): boolean {
    return this.#state === 'runs';
  }

  /** By its clock. */
  after(ms: number, act: () => void): void {
    this.time.at(this.time.nowMs + ms / this.#rate, () => this.do(act));
  }

  do(act: () => void): void {
    if (this.#state === 'runs') act();
    else if (this.#state === 'stopped') this.#waiting.push(act);
  }

  stop(): void {
    if (this.#state === 'runs') this.#state = 'stopped';
  }

  goOn(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'runs';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const act of waiting) act();
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
  }

  async #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.after(ms, resolve);
    const onAbort = () => this.do(resolve);
    signal?.addEventListener('abort', onAbort, { once: true });
    await promise;
    signal?.removeEventListener('abort', onAbort);
  }
}

async function settled(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve));
}
