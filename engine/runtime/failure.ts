/**
 * Something that ends all work when it happens. Promise.race against one promise of the whole run would do the same, and
 * keep what every call has ever given: each leaves a reaction at the promise that never settles.
 */
export class Failure {
  readonly #failed = Promise.withResolvers<never>();
  readonly #waiting = new Set<(error: unknown) => void>(); // bound: the calls under way
  #error: { readonly error: unknown } | null = null; // the first

  constructor() {
    this.#failed.promise.catch(() => {}); // whoever waits hears of it
  }

  /** Rejects when it happens; never resolves. For few who wait to the end. */
  get promise(): Promise<never> {
    return this.#failed.promise;
  }

  fail(error: unknown): void {
    if (this.#error !== null) return;
    this.#error = { error };
    this.#failed.reject(error);
    for (const reject of this.#waiting) reject(error);
  }

  /** What the promise gives, unless the failure comes before. */
  async orFailed<Value>(promise: Promise<Value>): Promise<Value> {
    const failed = Promise.withResolvers<never>();
    if (this.#error !== null) failed.reject(this.#error.error);
    this.#waiting.add(failed.reject);
    try {
      return await Promise.race([promise, failed.promise]);
    } finally {
      this.#waiting.delete(failed.reject);
    }
  }
}
