import type { SharedEntry } from '../../../engine/shared-store.ts';
import { leaseValue, TAKEN_AFTER_MS } from './lease.ts';

/** Entries as they were read last, and since when each has been what it is, by the clock of whoever reads. */
export class ObservedEntries {
  #entries: ReadonlyMap<string, SharedEntry> = new Map();
  #seen = new Map<string, { readonly revision: number; readonly sinceMs: number }>();

  /** `nowMs`: when they had been read. An older one than was seen says nothing new. */
  update(entries: ReadonlyMap<string, SharedEntry>, nowMs: number): void {
    const seen = new Map<string, { readonly revision: number; readonly sinceMs: number }>();
    const newest = new Map<string, SharedEntry>();
    for (const [key, entry] of entries) {
      const before = this.#seen.get(key);
      const isNew = before === undefined || entry.revision > before.revision;
      seen.set(key, isNew ? { revision: entry.revision, sinceMs: nowMs } : before);
      newest.set(key, isNew ? entry : (this.#entries.get(key) ?? entry));
    }
    this.#entries = newest;
    this.#seen = seen;
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
}
