import type { SharedEntry } from '../../../engine/shared-store.ts';
import { leaseValue, RENEW_EVERY_MS, TAKEN_AFTER_MS } from './lease.ts';

/** Entries as they were read last, and since when each has been what it is, by the clock of whoever reads. */
export class ObservedEntries {
  #entries: ReadonlyMap<string, SharedEntry> = new Map();
  #seen = new Map<string, Seen>();
  #updatedMs = -Infinity;

  /** `nowMs`: when they had been read. An older one than was seen says nothing new. */
  update(entries: ReadonlyMap<string, SharedEntry>, nowMs: number): void {
    const seen = new Map<string, Seen>();
    const newest = new Map<string, SharedEntry>();
    const wasWatching = this.#isWatching(nowMs);
    for (const [key, entry] of entries) {
      const before = this.#seen.get(key);
      const isNew = before === undefined || entry.revision > before.revision;
      seen.set(
        key,
        isNew ? { revision: entry.revision, sinceMs: nowMs, isKept: wasWatching && before !== undefined } : before,
      );
      newest.set(key, isNew ? entry : (this.#entries.get(key) ?? entry));
    }
    this.#entries = newest;
    this.#seen = seen;
    this.#updatedMs = nowMs;
  }

  get(key: string): SharedEntry | null {
    return this.#entries.get(key) ?? null;
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Nobody holds the lease: it was never taken, was given up, or is not renewed any more. */
  isFree(key: string, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || leaseValue(entry).owner === null) return true;
    return nowMs - this.#seen.get(key)!.sinceMs >= TAKEN_AFTER_MS;
  }

  /** Whether it is known if somebody holds the lease: it is free, or was renewed while it was watched without a break. */
  isCertain(key: string, nowMs: number): boolean {
    return this.#isWatching(nowMs) && (this.isFree(key, nowMs) || this.#seen.get(key)!.isKept);
  }

  /** What changed in a longer break may have been over for as long. */
  #isWatching(nowMs: number): boolean {
    return nowMs - this.#updatedMs < RENEW_EVERY_MS;
  }
}

type Seen = {
  readonly revision: number;
  readonly sinceMs: number;
  /** It was renewed under the eyes of who reads. */
  readonly isKept: boolean;
};
