import { setTimeout as delay } from 'node:timers/promises';

/**
 * Hands events over as fast as they once happened, times a factor. The first one sets the pace; a leap of more than
 * `leapUs` is one bad date, which nobody waits for, unless the next event confirms it: then the pace is set anew.
 */
export class Pacing {
  readonly #speed: number;
  readonly #leapUs: number;
  #startUs = Number.NaN;
  #startMs = 0;
  #lastUs = Number.NaN;
  #unconfirmedUs = Number.NaN;

  constructor(options: { readonly speed: number | 'max'; readonly leapUs: number }) {
    this.#speed = options.speed === 'max' ? Infinity : options.speed;
    this.#leapUs = options.leapUs;
  }

  /** The event time at which a batch should end: what falls due within 20 ms goes together. */
  untilUs(): number {
    if (this.#speed === Infinity) return Infinity;
    if (Number.isNaN(this.#startUs)) return -Infinity;
    return this.#startUs + (performance.now() - this.#startMs + 20) * 1000 * this.#speed;
  }

  /** Waits until an event of this time is due, or the signal aborts. */
  async wait(timeUs: number, signal: AbortSignal): Promise<void> {
    if (this.#speed === Infinity || Number.isNaN(timeUs)) return;
    if (Number.isNaN(this.#startUs)) this.#start(timeUs);
    if (Math.abs(timeUs - this.#lastUs) > this.#leapUs) {
      const isConfirmed = Math.abs(timeUs - this.#unconfirmedUs) <= this.#leapUs;
      this.#unconfirmedUs = timeUs;
      if (!isConfirmed) return;
      this.#start(timeUs);
    }
    this.#lastUs = timeUs;
    const dueMs = this.#startMs + (timeUs - this.#startUs) / 1000 / this.#speed;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {}); // aborted: the batch goes out at once
  }

  #start(timeUs: number): void {
    this.#startUs = timeUs;
    this.#startMs = performance.now();
    this.#lastUs = timeUs;
  }
}
