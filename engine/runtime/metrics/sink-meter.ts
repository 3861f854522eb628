import type { Clock } from '../platform.ts';
import type { SinkMetrics } from './job-metrics.ts';

/** What is counted of one sink. */
export class SinkMeter {
  readonly #clock: Clock;
  readonly #refused = new Map<string, number>(); // by code
  #written = 0;
  #retries = 0;
  #waitedMs = 0;
  #waiting: { readonly sinceMs: number; readonly code: string } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wrote(count: number): void {
    this.#written += count;
    this.#waitedMs = this.#waitedNowMs();
    this.#waiting = null;
  }

  failed(code: string): void {
    this.#retries++;
    this.#waiting = { sinceMs: this.#waiting?.sinceMs ?? this.#clock.monotonicMs(), code };
  }

  refused(code: string, count: number): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + count);
  }

  metrics(waiting: number): SinkMetrics {
    return {
      written: this.#written,
      waiting,
      retries: this.#retries,
      waitedSeconds: this.#waitedNowMs() / 1000,
      waitsFor: this.#waiting?.code ?? null,
      refused: Object.fromEntries(this.#refused),
    };
  }

  #waitedNowMs(): number {
    return this.#waitedMs + (this.#waiting === null ? 0 : this.#clock.monotonicMs() - this.#waiting.sinceMs);
  }
}
