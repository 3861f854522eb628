/** Events a second from the first quarter on: what a start costs, and what V8 compiles then, is left out. */
export class RateMeter {
  readonly #events: number;
  #firstMs = Number.NaN;
  #firstEvents = 0;
  #endMs = Number.NaN;

  constructor(events: number) {
    this.#events = events;
  }

  /** Of all so far. */
  handled(events: number): void {
    if (this.#firstEvents === 0 && events * 4 >= this.#events) {
      this.#firstMs = performance.now();
      this.#firstEvents = events;
    }
    if (events === this.#events) this.#endMs = performance.now();
  }

  /** What was handled is stored only now. */
  stored(): void {
    this.#endMs = performance.now();
  }

  eventsPerSecond(): number {
    return ((this.#events - this.#firstEvents) * 1_000) / (this.#endMs - this.#firstMs);
  }
}
