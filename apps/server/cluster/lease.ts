import { MillraceError } from '../../../engine/errors.ts';
import type { Clock } from '../../../engine/runtime/platform.ts';
import type { SharedEntries, SharedEntry } from '../../../engine/shared-store.ts';

/** How often an owner says that it is there. */
const RENEW_EVERY_MS = 2_000;
/** For so long after it began to say so it may begin a write, by its own clock. */
export const HELD_FOR_MS = 4_000;
/** Another one takes it when it was not renewed for so long. */
export const TAKEN_AFTER_MS = 6_000;

/** What the entry of a lease holds, as JSON. */
export type LeaseValue = {
  /** Null: it was given up. */
  readonly owner: string | null;
  /** Of the owner's process: two of one name have two. */
  readonly session: string;
  /** Greater with each owner. */
  readonly epoch: number;
  /** By the owner's clock, for people. */
  readonly sinceUs: number;
  readonly details: LeaseDetails;
};

/** For others to see. */
export type LeaseDetails = Readonly<Record<string, number | string | boolean | null>>;

export type LeaseOptions = {
  readonly entries: SharedEntries;
  readonly clock: Clock;
  readonly key: string;
  readonly owner: string;
  readonly session: string;
  /** Default: 2 s. */
  readonly renewEveryMs?: number;
};

/**
 * That this process alone does something. The entry's revision is the fence: whoever has written last has it. An owner writes
 * every 2 s; it begins nothing later than 4 s after it began the last write that came through, and others wait until there was
 * no new revision for 6 s. It counts on its own clock, and they on theirs and the store's: no two clocks are compared, only their
 * pace: one may be half as fast again as the other.
 *
 * Calls: `take`, then `renew` now and again, `require` before each write that others must not do as well, `release`.
 * One `renew` at a time.
 */
export class Lease {
  readonly key: string;
  readonly epoch: number;
  readonly #options: LeaseOptions;
  readonly #sinceUs: number;
  readonly #lost = new AbortController();
  #revision: number;
  #heldUntilMs: number;
  #begunMs: number; // of the last renewal
  #details: LeaseDetails = {};
  #renewing: Promise<void> = Promise.resolve();
  #changed = Promise.withResolvers<void>(); // it was renewed, or lost

  private constructor(
    options: LeaseOptions,
    taken: { readonly epoch: number; readonly sinceUs: number; readonly revision: number; readonly begunMs: number },
  ) {
    this.key = options.key;
    this.epoch = taken.epoch;
    this.#options = options;
    this.#sinceUs = taken.sinceUs;
    this.#revision = taken.revision;
    this.#begunMs = taken.begunMs;
    this.#heldUntilMs = taken.begunMs + HELD_FOR_MS;
  }

  /** `found`: the entry as it was seen last. Null: somebody was faster. Errors: those of the entries. */
  static async take(
    options: LeaseOptions,
    found: SharedEntry | null,
    details: LeaseDetails = {},
  ): Promise<Lease | null> {
    const { entries, clock, key, owner, session } = options;
    const epoch = found === null ? 1 : leaseValue(found).epoch + 1;
    const sinceUs = clock.nowUs();
    const begunMs = clock.monotonicMs();
    const value: LeaseValue = { owner, session, epoch, sinceUs, details };
    const revision = await entries.write(key, JSON.stringify(value), found?.revision ?? 0);
    if (revision === null) return null;
    const lease = new Lease(options, { epoch, sinceUs, revision, begunMs });
    lease.#details = details;
    return lease;
  }

  /** Whether a write may begin now. */
  get isHeld(): boolean {
    return !this.isLost && this.#options.clock.monotonicMs() < this.#heldUntilMs;
  }

  /** Somebody else has it, or it was given up. */
  get isLost(): boolean {
    return this.#lost.signal.aborted;
  }

  /** Aborts when somebody else has it. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get isDue(): boolean {
    return (
      !this.isLost &&
      this.#options.clock.monotonicMs() - this.#begunMs >= (this.#options.renewEveryMs ?? RENEW_EVERY_MS)
    );
  }

  /** Written with the next renewal. */
  describe(details: LeaseDetails): void {
    this.#details = details;
  }

  /** Errors: those of the entries; it is held for as long as it was. */
  async renew(): Promise<void> {
    this.#renewing = this.#renew();
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    const begunMs = this.#options.clock.monotonicMs();
    this.#begunMs = begunMs;
    const revision = await this.#write(this.#options.owner);
    if (revision !== null) {
      this.#revision = revision;
      this.#heldUntilMs = begunMs + HELD_FOR_MS;
      return this.#change();
    }
    // It is another's, or an answer of before was lost. How long ago that was written is not known: the next renewal counts.
    const found = await this.#options.entries.read(this.key);
    if (found !== null && this.#isOwn(found)) {
      this.#revision = found.revision;
      this.#begunMs = -Infinity;
    } else {
      this.#lose();
    }
  }

  /**
   * Resolves when a write may begin: at once, or when it is renewed after all. Errors: MR6031 somebody else has it, or it is not
   * held now and the signal aborts.
   */
  async require(signal: AbortSignal): Promise<void> {
    while (!this.isHeld) {
      if (this.isLost || signal.aborted) throw this.lostError();
      const { promise, resolve } = Promise.withResolvers<void>();
      const asked = () => resolve();
      signal.addEventListener('abort', asked, { once: true });
      await Promise.race([this.#changed.promise, promise]);
      signal.removeEventListener('abort', asked);
    }
  }

  /** Nothing is begun any more, and others need not wait. What cannot be written is found by them. */
  async release(): Promise<void> {
    await this.#renewing.catch(() => {});
    if (this.isLost) return;
    this.#lose();
    await this.#write(null).catch(() => {});
  }

  lostError(): MillraceError {
    return new MillraceError('MR6031', `${this.#options.owner} has lost the lease ${this.key}`, {
      hint: 'another process goes on with it; this one was stopped, or cut off, for longer than a lease is held',
      domain: 'external',
    });
  }

  async #write(owner: string | null): Promise<number | null> {
    const { session } = this.#options;
    const value: LeaseValue = { owner, session, epoch: this.epoch, sinceUs: this.#sinceUs, details: this.#details };
    return await this.#options.entries.write(this.key, JSON.stringify(value), this.#revision);
  }

  #isOwn(found: SharedEntry): boolean {
    const { owner, session, epoch } = leaseValue(found);
    return owner === this.#options.owner && session === this.#options.session && epoch === this.epoch;
  }

  #lose(): void {
    this.#lost.abort();
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** What a lease of this module has written. */
export function leaseValue({ value }: SharedEntry): LeaseValue {
  return JSON.parse(value) as LeaseValue;
}
