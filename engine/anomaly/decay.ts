import type { RangeNode } from '../../dsl/plan.ts';

/**
 * How much of a mean a new reading becomes, where older ones fade: with a time constant of the range, or as an average over so many
 * events; the first readings count the same.
 */
export class Decay {
  readonly #us: number; // 0: it is of events
  readonly #ofEvents: number;

  constructor(range: RangeNode['range']) {
    this.#us = 'us' in range ? range.us : 0;
    this.#ofEvents = 'us' in range ? 0 : 2 / (range.events + 1);
  }

  /** `since`: the time learnt since the last one; `count`: how many there are with this one. */
  shareOf(since: number, count: number): number {
    const share = this.#us === 0 ? this.#ofEvents : 1 - Math.exp(-since / this.#us);
    return Math.max(share, 1 / count);
  }
}
