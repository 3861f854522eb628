import type { AlertChange } from '../operator.ts';

/**
 * Puts the alerts of several finite sources into order of time. Sources are handled batch by batch, so alerts come out of
 * order by up to a batch; here they wait until no other source can give an earlier one. What waits is bounded by what
 * one batch of each source gives.
 */
export class AlertOrder {
  readonly #deliver: (change: AlertChange) => void;
  #waiting: AlertChange[] = [];

  constructor(deliver: (change: AlertChange) => void) {
    this.#deliver = deliver;
  }

  add(change: AlertChange): void {
    this.#waiting.push(change);
  }

  /** Delivers everything before this time; ties as they were added. */
  release(beforeUs: number): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter(({ timeUs }) => timeUs < beforeUs).sort((a, b) => a.timeUs - b.timeUs);
    this.#waiting = this.#waiting.filter(({ timeUs }) => timeUs >= beforeUs);
    for (const change of due) this.#deliver(change);
  }
}
