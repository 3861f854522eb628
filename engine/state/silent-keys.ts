/** Keys of a source that have been silent for as long as its `idle` says, and who is told when they speak again. */
export class SilentKeys {
  /** How long a key may be silent. */
  readonly afterUs: number;
  readonly #lastArrivalUs: (keyId: number) => number;
  readonly #listeners = new Map<number, Set<(keyId: number, atUs: number) => void>>();

  constructor(options: { readonly afterUs: number; readonly lastArrivalUs: (keyId: number) => number }) {
    this.afterUs = options.afterUs;
    this.#lastArrivalUs = options.lastArrivalUs;
  }

  /** When the key counts as silent, if no event of it arrives before. */
  silentUs(keyId: number): number {
    return this.#lastArrivalUs(keyId) + this.afterUs;
  }

  /** Keys that somebody waits for. */
  get count(): number {
    return this.#listeners.size;
  }

  wait(keyId: number, listener: (keyId: number, atUs: number) => void): void {
    const listeners = this.#listeners.get(keyId);
    if (listeners === undefined) this.#listeners.set(keyId, new Set([listener]));
    else listeners.add(listener);
  }

  leave(keyId: number, listener: (keyId: number, atUs: number) => void): void {
    const listeners = this.#listeners.get(keyId);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(keyId);
  }

  /** An event of the key has arrived, and was not late. */
  hear(keyId: number, atUs: number): void {
    const listeners = this.#listeners.get(keyId);
    if (listeners === undefined) return;
    this.#listeners.delete(keyId);
    for (const listener of listeners) listener(keyId, atUs);
  }
}
