import type { SharedEntry } from '../../../engine/shared-store.ts';
import { leaseValue, TAKEN_AFTER_MS } from './lease.ts';

/**
 * Entries as they were read last, and how old each is: by the clock of whoever reads, from when it was first seen, and by the store's,
 * from when it was written until the newest of all was. So who has just come, or was stopped, knows as much as the others.
 */
export class ObservedEntries {
  #entries: ReadonlyMap<string, SharedEntry> = new Map();
  #writtenMs = new Map<string, number>(); // by the clock of whoever reads

  /** `nowMs`: when they had been read. An older one than was seen says nothing new. */
  update(entries: ReadonlyMap<string, SharedEntry>, nowMs: number): void {
    const writtenMs = new Map<string, number>();
    const newest = new Map<string, SharedEntry>();
    const storeUs = lastWritten(entries)?.timeUs ?? 0;
    for (const [key, entry] of entries) {
      const before = this.#entries.get(key);
      if (before !== undefined && before.revision >= entry.revision) {
        newest.set(key, before);
        writtenMs.set(key, this.#writtenMs.get(key)!);
      } else {
        newest.set(key, entry);
        writtenMs.set(key, nowMs - Math.max(0, storeUs - entry.timeUs) / 1_000); // its clock may have been set back
      }
    }
    this.#entries = newest;
    this.#writtenMs = writtenMs;
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
    return this.#ageMs(key, nowMs) >= TAKEN_AFTER_MS;
  }

  /** Somebody has the lease, and has said so within that time. */
  isRenewed(key: string, { nowMs, withinMs }: { readonly nowMs: number; readonly withinMs: number }): boolean {
    return !this.isFree(key, nowMs) && this.#ageMs(key, nowMs) < withinMs;
  }

  #ageMs(key: string, nowMs: number): number {
    return nowMs - this.#writtenMs.get(key)!;
  }
}

function lastWritten(entries: ReadonlyMap<string, SharedEntry>): SharedEntry | undefined {
  let last: SharedEntry | undefined;
  for (const entry of entries.values()) {
    if (last === undefined || entry.revision > last.revision) last = entry;
  }
  return last;
}
