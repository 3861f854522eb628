const MINUTE_US = 60_000_000;
const SET_BACK_US = 180 * MINUTE_US; // at most

/**
 * A zone's clock, minute by minute, over the days around an instant at which it changes, as Intl shows it: when it shows a
 * local time for the first time. With no thought of speed, and of whole minutes.
 */
export class LocalMinutes {
  readonly #fromUs: number;
  readonly #shownUs: number[] = []; // at each minute, as microseconds since 1970 in local time

  readonly #firsts = new Map<number, number>();

  constructor(zone: string, aroundUs: number, days: number) {
    this.#fromUs = aroundUs - days * 1_440 * MINUTE_US;
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    for (let i = 0; i < days * 2 * 1_440; i++) {
      const parts = format.formatToParts((this.#fromUs + i * MINUTE_US) / 1_000);
      const [month, day, year, hour, minute] = parts.flatMap(part => (part.type === 'literal' ? [] : [+part.value]));
      this.#shownUs.push(Date.UTC(year!, month! - 1, day!, hour!, minute!) * 1_000);
    }
  }

  /** The first minute at which the clock has reached a local time. */
  firstUs(localUs: number): number {
    let i = this.#firsts.get(localUs);
    if (i === undefined) this.#firsts.set(localUs, (i = this.#shownUs.findIndex(shownUs => shownUs >= localUs)));
    if (i <= 0) throw new Error('outside of the days that are looked at');
    return this.#fromUs + i * MINUTE_US;
  }

  /**
   * The panes that begin at every multiple of `every`, counted from `origin`, and hold the instant; of several that begin
   * at one instant, the last.
   */
  panesAt(
    timeUs: number,
    { sizeUs, everyUs, originUs }: { readonly sizeUs: number; readonly everyUs: number; readonly originUs: number },
  ): { readonly startUs: number; readonly untilUs: number }[] {
    const shownUs = this.#shownUs[Math.floor((timeUs - this.#fromUs) / MINUTE_US)]!;
    const first = Math.floor((shownUs - sizeUs - originUs) / everyUs) + 1;
    const last = Math.floor((shownUs + SET_BACK_US - originUs) / everyUs);
    const panes = new Map<number, number>();
    for (let pane = first; pane <= last; pane++) {
      const localUs = originUs + pane * everyUs;
      panes.set(this.firstUs(localUs), this.firstUs(localUs + sizeUs));
    }
    return [...panes]
      .filter(([startUs, untilUs]) => startUs <= timeUs && timeUs < untilUs)
      .map(([startUs, untilUs]) => ({ startUs, untilUs }));
  }
}
