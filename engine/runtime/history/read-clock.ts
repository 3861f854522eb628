/** By event. Where one is held, nobody may move the clock on before the next one is read. */
export type ReadTimes = { readonly clockUs: Float64Array; readonly isHeld: Uint8Array };

/**
 * The arrival clock of a source that records no arrivals, event by event: as the gate in front of the engine will have it
 * (`ArrivalGate`), but known before, so that a source can be cut where the clock reaches an instant.
 */
export class ReadClock {
  readonly #futureUs: number;
  #nowUs = -Infinity;
  #heldUs: number | undefined; // of an event that waits for the next one

  constructor(futureUs: number) {
    this.#futureUs = futureUs;
  }

  /** Where the clock stands at each event of a batch, and which events the gate holds until it has seen the one behind them. */
  take(timeUs: Float64Array): ReadTimes {
    const clockUs = new Float64Array(timeUs.length);
    const isHeld = new Uint8Array(timeUs.length);
    if (timeUs.length === 0) return { clockUs, isHeld };
    this.#confirm(timeUs[0]!);
    for (let i = 0; i < timeUs.length; i++) {
      const t = timeUs[i]!;
      const isExpected = this.#nowUs > -Infinity && t <= this.#nowUs + this.#futureUs;
      const isConfirmed = i < timeUs.length - 1 && timeUs[i + 1]! >= t - this.#futureUs;
      if (isExpected || isConfirmed) this.#nowUs = Math.max(this.#nowUs, t);
      else if (i === timeUs.length - 1) this.#heldUs = t;
      isHeld[i] = isExpected ? 0 : 1;
      clockUs[i] = this.#nowUs > -Infinity ? this.#nowUs : t;
    }
    // Before the clock runs, an event that the next one contradicts goes with that.
    for (let i = timeUs.length - 2; i >= 0; i--) clockUs[i] = Math.min(clockUs[i]!, clockUs[i + 1]!);
    return { clockUs, isHeld };
  }

  #confirm(nextUs: number): void {
    const heldUs = this.#heldUs;
    this.#heldUs = undefined;
    if (heldUs !== undefined && nextUs >= heldUs - this.#futureUs) this.#nowUs = Math.max(this.#nowUs, heldUs);
  }
}
