const SHORTEST_US = 1_000_000;
const LONGEST_US = SHORTEST_US * 2 ** 16; // 18 hours
const FEW_EVENTS = 50_000;
const MANY_EVENTS = 500_000;

/**
 * Where slices of the arrival clock end. They are as long as brings some hundred thousand events, which bounds what one gives
 * and what is started for it; that depends on what there is to read alone, not on how many share it.
 */
export class SliceWidths {
  #widthUs = SHORTEST_US;

  /** Of the slice that begins with an event. */
  endAfter(firstUs: number): number {
    return (Math.floor(firstUs / this.#widthUs) + 1) * this.#widthUs;
  }

  /** What one brought. */
  note(events: number): void {
    if (events < FEW_EVENTS && this.#widthUs < LONGEST_US) this.#widthUs *= 2;
    if (events > MANY_EVENTS && this.#widthUs > SHORTEST_US) this.#widthUs /= 2;
  }
}
