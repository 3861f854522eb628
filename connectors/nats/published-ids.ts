import type { FoundId } from './read-ids.ts';

/**
 * Ids that are in the alert stream behind the last checkpoint, and that are left out when their messages are made again.
 * A replay makes them in about the same order, so the stream is read along with it, some thousands at a time: what is
 * held are those that were read and not made again yet, at most `maxHeld`. Beyond it the oldest are forgotten, and told.
 *
 * Some may never be made again, as the rules were changed: after MAX_NEW messages that the stream did not hold, and none
 * that it did, no more are expected.
 */
export class PublishedIds {
  readonly #read: (range: Range) => Promise<{ readonly ids: readonly FoundId[]; readonly next: number }>;
  readonly #isOwn: (id: string) => boolean;
  readonly #onForgotten: () => void;
  readonly #maxHeld: number;
  readonly #held = new Map<string, number>(); // with sequences, which rise
  #next = 1;
  #end = 0;
  #newCount = 0;

  constructor(options: {
    readonly read: (range: Range) => Promise<{ readonly ids: readonly FoundId[]; readonly next: number }>;
    readonly isOwn: (id: string) => boolean;
    readonly onForgotten: () => void;
    readonly maxHeld?: number;
  }) {
    this.#read = options.read;
    this.#isOwn = options.isOwn;
    this.#onForgotten = options.onForgotten;
    this.#maxHeld = options.maxHeld ?? MAX_HELD;
  }

  /** The stream is to be read from here to there; what is left of a range before is read as well. */
  add({ from, to }: Range): void {
    if (this.#isRead) this.#next = Math.max(from, this.#end + 1);
    this.#end = Math.max(this.#end, to);
  }

  /** Another stream. */
  clear(): void {
    this.#held.clear();
    this.#next = 1;
    this.#end = 0;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0 && this.#isRead;
  }

  /** The first sequence at which something may be that is made again; undefined: there is none. */
  get first(): number | undefined {
    const [oldest] = this.#held.values();
    return oldest ?? (this.#isRead ? undefined : this.#next);
  }

  /** Where it was published; undefined: it was not. It is held until `take`, as a failed write asks again. */
  async find(id: string): Promise<number | undefined> {
    while (!this.#held.has(id)) {
      if (this.#isRead) return undefined;
      const { ids, next } = await this.#read({ from: this.#next, to: this.#end });
      this.#next = next;
      for (const { id: found, sequence } of ids) if (this.#isOwn(found)) this.#held.set(found, sequence);
      this.#forgetSome();
    }
    return this.#held.get(id);
  }

  /** It was made again, or for the first time. */
  take(id: string): void {
    if (this.isEmpty) return;
    this.#newCount = this.#held.delete(id) ? 0 : this.#newCount + 1;
    if (this.#newCount > MAX_NEW && this.#isRead) this.#held.clear();
  }

  get #isRead(): boolean {
    return this.#next > this.#end;
  }

  #forgetSome(): void {
    if (this.#held.size <= this.#maxHeld) return;
    for (const id of this.#held.keys()) {
      if (this.#held.size <= this.#maxHeld) break;
      this.#held.delete(id);
    }
    this.#onForgotten();
  }
}

type Range = { readonly from: number; readonly to: number };

const MAX_HELD = 1_000_000;
const MAX_NEW = 10_000;
