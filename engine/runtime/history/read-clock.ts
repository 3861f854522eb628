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

  /** The last event waits at the gate: nobody may move the clock on. */
  get isHolding(): boolean {
    return this.#heldUs !== undefined;
  }

  /** Where the clock stands at each event of a batch: it never falls. */
  take(timeUs: Float64Array): Float64Array {
    const clockUs = new Float64Array(timeUs.length);
    if (timeUs.length === 0) return clockUs;
    this.#confirm(timeUs[0]!);
    for (let i = 0; i < timeUs.length; i++) {
      const t = timeUs[i]!;
      const isExpected = this.#nowUs > -Infinity && t <= this.#nowUs + this.#futureUs;
      const isConfirmed = i < timeUs.length - 1 && timeUs[i + 1]! >= t - this.#futureUs;
      if (isExpected || isConfirmed) this.#nowUs = Math.max(this.#nowUs, t);
      else if (i === timeUs.length - 1) this.#heldUs = t;
      clockUs[i] = this.#nowUs > -Infinity ? this.#nowUs : t;
    }
    return clockUs;
  }

  #confirm(nextUs: number): void {
    const heldUs = this.#heldUs;
    this.#heldUs = undefined;
    if (heldUs !== undefined && nextUs >= heldUs - this.#futureUs) this.#nowUs = Math.max(this.#nowUs, heldUs);
  }
}
