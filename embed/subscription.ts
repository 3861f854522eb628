/**
 * What a loop of the program takes, one item after the other: `for await (const alert of run.alerts())`. An item counts
 * as taken when the loop asks for the next one. One reader at a time; it holds what one batch of events gave, since the
 * run waits for it after each.
 */
export class Subscription<Item> implements AsyncIterableIterator<Item> {
  readonly #onClose: () => void;
  #items: Item[] = [];
  #next = 0; // place of the next one among the items
  #isInHand = false;
  #isEnded = false;
  #changed = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  /** Of the run. */
  put(item: Item): void {
    if (this.#isEnded) return;
    this.#items.push(item);
    this.#wake();
  }

  /** Of the run: nothing more will come; what is there can still be taken. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
    this.#taken.resolve();
  }

  /** Of the run: resolves when all that was put is taken, or nobody reads any more. */
  async settled(): Promise<void> {
    while (!this.#isEnded && (this.#isInHand || this.#next < this.#items.length)) await this.#taken.promise;
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    this.#isInHand = false;
    if (this.#next === this.#items.length) {
      this.#items = [];
      this.#next = 0;
      this.#taken.resolve();
      this.#taken = Promise.withResolvers();
    }
    while (this.#next === this.#items.length) {
      if (this.#isEnded) return { done: true, value: undefined };
      await this.#changed.promise;
    }
    this.#isInHand = true;
    return { done: false, value: this.#items[this.#next++]! };
  }

  /** The loop is left: what it has not taken is nobody's, and the run waits for it no longer. */
  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#items = [];
    this.#next = 0;
    this.#onClose();
    this.end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
