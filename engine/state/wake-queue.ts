import { growFloat64 } from './growable.ts';
import { type WakeEntries, WakeHeap, WakeRow } from './wake-entries.ts';

/**
 * Which key has to be looked at when, on the arrival clock: (instant, key) without removal. A key has at most one valid
 * instant; entries that it has left behind are passed over when they come up.
 *
 * Entries that come in their order, as those of keys that speak in turn do, stand in a row; only others go through a heap:
 * no steps up and down for these. benchmark: throughput/tumbling
 */
export class WakeQueue {
  readonly #row = new WakeRow();
  readonly #heap = new WakeHeap();
  #first: WakeEntries = this.#row; // whose first entry is the earlier one
  #validUs = new Float64Array(0); // by key id; Infinity: not queued
  readonly #ordinalOf: (keyId: number) => number;

  /** Keys of one instant come in order of `ordinalOf`, which says the same after a restore. */
  constructor(ordinalOf: (keyId: number) => number) {
    this.#ordinalOf = ordinalOf;
  }

  /** The key's instant; Infinity if it is not queued. */
  instantOf(keyId: number): number {
    return keyId < this.#validUs.length ? this.#validUs[keyId]! : Infinity;
  }

  /** The earliest instant of any key; Infinity if none is queued. */
  nextUs(): number {
    for (;;) {
      const first = this.#heap.isBefore(this.#row) ? this.#heap : this.#row;
      this.#first = first;
      const { firstUs } = first;
      if (firstUs === Infinity || this.#validUs[first.firstKeyId] === firstUs) return firstUs;
      first.removeFirst();
    }
  }

  /** The key of `nextUs`, which is not Infinity. */
  nextKeyId(): number {
    return this.#first.firstKeyId;
  }

  /** Queues that key at a later instant; Infinity: not at all. */
  putOffNext(instantUs: number): void {
    const keyId = this.#first.firstKeyId;
    this.#first.removeFirst();
    this.#validUs[keyId] = Infinity;
    this.set(keyId, instantUs);
  }

  /** Queues each entry's key at its arrival + `boundUs`, unless it is queued earlier. */
  setNoLater(entries: Entries, boundUs: number): void {
    const { length, keyIds, arrivalUs } = entries;
    let i = 0;
    while ((i = firstLater(this.#validUs, entries, boundUs, i)) < length)
      this.set(keyIds[i]!, arrivalUs[i++]! + boundUs);
  }

  /** Queues the key at this instant, instead of any that it had. */
  set(keyId: number, instantUs: number): void {
    if (keyId >= this.#validUs.length) this.#validUs = growFloat64(this.#validUs, keyId + 1, Infinity);
    if (this.#validUs[keyId] === instantUs) return;
    this.#validUs[keyId] = instantUs;
    if (instantUs === Infinity) return;
    const ordinal = this.#ordinalOf(keyId);
    if (!this.#row.append(instantUs, keyId, ordinal)) this.#heap.push(instantUs, keyId, ordinal);
  }

  /** Takes out the key with the earliest instant; undefined if none is due by `untilUs`. */
  take(untilUs: number): number | undefined {
    if (this.nextUs() > untilUs) return undefined;
    const keyId = this.#first.firstKeyId;
    this.#validUs[keyId] = Infinity;
    this.#first.removeFirst();
    return keyId;
  }
}

/**
 * The first entry from `i` on whose key is queued later than its arrival + `boundUs`, or not at all. No call in the loop:
 * see KeyDictionary. benchmark: throughput/for
 */
function firstLater(validUs: Float64Array, { length, keyIds, arrivalUs }: Entries, boundUs: number, i: number): number {
  const known = validUs.length;
  for (; i < length; i++) {
    const keyId = keyIds[i]!;
    if (keyId >= known || validUs[keyId]! > arrivalUs[i]! + boundUs) break;
  }
  return i;
}

type Entries = { readonly length: number; readonly keyIds: Uint32Array; readonly arrivalUs: Float64Array };
