import type { AlertChange } from '../operator.ts';
import { RisenTimes } from './risen-times.ts';

/**
 * Puts the alerts of several finite sources into order of time. Sources are handled batch by batch, so alerts come out of
 * order by up to a batch; here they wait until no other source can give an earlier one. What waits is bounded by what
 * one batch of each source gives.
 */
export class AlertOrder {
  readonly #deliver: (change: AlertChange) => void;
  #waiting: { readonly change: AlertChange; readonly timeUs: number }[] = [];
  #risen = new RisenTimes(); // of what waits: of one alert all stays in order, though some is on another clock

  constructor(deliver: (change: AlertChange) => void) {
    this.#deliver = deliver;
  }

  add(change: AlertChange): void {
    const timeUs = this.#risen.next(`${change.rule} ${JSON.stringify(change.key)}`, change.timeUs);
    this.#waiting.push({ change, timeUs });
  }

  /** Delivers everything before this time; ties as they were added. */
  release(beforeUs: number): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter(({ timeUs }) => timeUs < beforeUs).sort((a, b) => a.timeUs - b.timeUs);
    this.#waiting = this.#waiting.filter(({ timeUs }) => timeUs >= beforeUs);
    if (this.#waiting.length === 0) this.#risen = new RisenTimes();
    for (const { change } of due) this.#deliver(change);
  }
}
