import { zoneOffsetUs } from './zone.ts';

const DAY_US = 86_400_000_000;
const WEEK_US = 7 * DAY_US;
const THURSDAY_US = 3 * DAY_US; // of the epoch, since a Monday

/**
 * The time by which panes are counted: UTC, or a local clock that waits where it would be set back, until it is that time
 * again. So it never falls, each of its times comes once, and a local day has 23, 24 or 25 hours. It counts from the
 * epoch; where weeks are counted in a zone, from the Monday before.
 */
export class PaneClock {
  readonly #zone: string | undefined;
  readonly #originUs: number;
  #lastChangeUs = -Infinity; // that was looked for: events are mostly near each other

  constructor({ zone, everyUs }: { readonly zone?: string | undefined; readonly everyUs: number }) {
    this.#zone = zone;
    this.#originUs = zone !== undefined && everyUs % WEEK_US === 0 ? THURSDAY_US : 0;
  }

  /** What the clock shows at an instant. */
  shownUs(timeUs: number): number {
    if (this.#zone === undefined) return timeUs;
    const offsetUs = this.#offsetUs(timeUs);
    const beforeUs = this.#offsetUs(timeUs - DAY_US);
    const shownUs = timeUs + offsetUs;
    if (beforeUs <= offsetUs) return shownUs + this.#originUs;
    const changeUs = this.#changeUs(timeUs - DAY_US, timeUs);
    return Math.max(shownUs, changeUs + beforeUs - 1) + this.#originUs;
  }

  /** The first instant at which the clock shows at least this. */
  instantUs(clockUs: number): number {
    if (this.#zone === undefined) return clockUs;
    const localUs = clockUs - this.#originUs;
    const beforeUs = this.#offsetUs(localUs - DAY_US);
    const afterUs = this.#offsetUs(localUs + DAY_US);
    if (beforeUs === afterUs) return localUs - beforeUs;
    const changeUs = this.#changeUs(localUs - DAY_US, localUs + DAY_US);
    return localUs - beforeUs < changeUs ? localUs - beforeUs : Math.max(changeUs, localUs - afterUs);
  }

  /** When the offset becomes another one; no zone changes it twice in two days. */
  #changeUs(fromUs: number, toUs: number): number {
    if (fromUs < this.#lastChangeUs && this.#lastChangeUs <= toUs) return this.#lastChangeUs;
    const beforeUs = this.#offsetUs(fromUs);
    let low = fromUs;
    let high = toUs;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#offsetUs(middle) === beforeUs) low = middle;
      else high = middle;
    }
    this.#lastChangeUs = high;
    return high;
  }

  #offsetUs(timeUs: number): number {
    return zoneOffsetUs(timeUs, this.#zone!);
  }
}
