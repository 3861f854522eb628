/**
 * When a message may be handed over: at once, at a multiple of the pace at which it arrived, or, where the simulation has
 * no end, when the clock shows its arrival: a day that lies behind is caught up with, and what follows comes as it
 * happens.
 */
export class DueTime {
  readonly #nowUs: () => number;
  readonly #speed: number; // Infinity: at once
  readonly #isLive: boolean;
  #first: { readonly arrivalUs: number; readonly handedOverUs: number } | null = null;

  constructor(options: { readonly nowUs: () => number; readonly speed: number | 'max'; readonly isLive: boolean }) {
    this.#nowUs = options.nowUs;
    this.#speed = options.speed === 'max' ? Infinity : options.speed;
    this.#isLive = options.isLive;
  }

  /** How long from now; 0 or less: now. */
  waitUs(arrivalUs: number): number {
    const nowUs = this.#nowUs();
    if (this.#isLive) return arrivalUs - nowUs;
    if (this.#speed === Infinity) return 0;
    this.#first ??= { arrivalUs, handedOverUs: nowUs };
    return this.#first.handedOverUs + (arrivalUs - this.#first.arrivalUs) / this.#speed - nowUs;
  }
}
