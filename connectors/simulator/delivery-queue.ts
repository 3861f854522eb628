/**
 * Messages on their way, by the second in which they arrive. Rows lie in one array whose places are used again, so that
 * nothing is made for each message. It holds what is under way at one time: the longest silence of a gateway.
 */
export class DeliveryQueue {
  readonly width: number;
  #rows: Float64Array;
  #free: number[] = [];
  #used = 0; // rows that were ever taken
  readonly #bySecond = new Map<number, number[]>();
  #size = 0;

  /** `width`: numbers in a row; the first is its arrival in µs. */
  constructor(width: number) {
    this.width = width;
    this.#rows = new Float64Array(width * 256);
  }

  get rows(): Float64Array {
    return this.#rows;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Puts a copy of the row on its way. */
  put(row: Float64Array): void {
    const offset = this.#free.pop() ?? this.#grow();
    this.#rows.set(row, offset);
    const second = Math.floor(row[0]! / 1e6);
    const due = this.#bySecond.get(second);
    if (due === undefined) this.#bySecond.set(second, [offset]);
    else due.push(offset);
    this.#size++;
  }

  /** Where the rows lie that arrive in this second, in order; they stay there until they are given back. */
  take(second: number): readonly number[] {
    const due = this.#bySecond.get(second);
    if (due === undefined) return NONE;
    this.#bySecond.delete(second);
    this.#size -= due.length;
    return this.#inOrder(due);
  }

  /** All that is under way. */
  takeAll(): readonly number[] {
    const all = [...this.#bySecond.values()].flat();
    this.#bySecond.clear();
    this.#size = 0;
    return this.#inOrder(all);
  }

  giveBack(offsets: readonly number[]): void {
    for (const offset of offsets) this.#free.push(offset);
  }

  /** Of one instant, in the order in which they were put. */
  #inOrder(offsets: number[]): number[] {
    const rows = this.#rows;
    return offsets.sort((a, b) => rows[a]! - rows[b]!);
  }

  #grow(): number {
    const offset = this.#used;
    this.#used += this.width;
    if (this.#used > this.#rows.length) {
      const grown = new Float64Array(this.#rows.length * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    return offset;
  }
}

const NONE: readonly number[] = [];
