export type QuietCheckpointsOptions = {
  /** Resolves when a checkpoint is due, or as soon as the signal aborts. */
  readonly due: (signal: AbortSignal) => Promise<void>;
  readonly begin: () => void;
  /** One could not be begun. */
  readonly onFailed: (error: unknown) => void;
};

/**
 * Saves what sources gave before they fell silent: a job begins due checkpoints between two rounds, and while it waits
 * for the next one this does. Few waits last until a checkpoint is due, so there is one alarm for all of them, not a timer
 * for each.
 */
export class QuietCheckpoints {
  readonly #options: QuietCheckpointsOptions;
  readonly #closing = new AbortController();
  #isArmed = false;
  #isWaiting = false;

  constructor(options: QuietCheckpointsOptions) {
    this.#options = options;
  }

  /** What the read gives. One call at a time. */
  async during<Value>(read: Promise<Value>, isUnsaved: boolean): Promise<Value> {
    this.#isWaiting = true;
    if (isUnsaved) this.arm();
    try {
      return await read;
    } finally {
      this.#isWaiting = false;
    }
  }

  /** Something is unsaved. */
  arm(): void {
    if (!this.#isArmed) void this.#beginWhenDue();
  }

  /** Begins none from now on. */
  close(): void {
    this.#closing.abort();
  }

  /** If input is being handled by then, the job does it itself, or the next wait. */
  async #beginWhenDue(): Promise<void> {
    const { due, begin, onFailed } = this.#options;
    const { signal } = this.#closing;
    this.#isArmed = true;
    try {
      await due(signal);
      this.#isArmed = false;
      if (this.#isWaiting && !signal.aborted) begin();
    } catch (error) {
      onFailed(error);
    }
  }
}
