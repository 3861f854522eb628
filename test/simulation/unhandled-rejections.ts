/** Promises that failed and that nobody listened to: in a real process each would be its end. */
export class UnhandledRejections {
  readonly #errors: unknown[] = [];
  readonly #listener = (error: unknown) => void this.#errors.push(error);

  constructor() {
    process.on('unhandledRejection', this.#listener);
  }

  /** Fails with the first one. */
  async close(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve)); // Node tells them between turns of its loop
    process.off('unhandledRejection', this.#listener);
    if (this.#errors.length > 0) throw new Error('a failure that nobody heard of', { cause: this.#errors[0] });
  }
}
