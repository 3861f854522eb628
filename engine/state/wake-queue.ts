import { growFloat64, growUint32 } from './growable.ts';

/**
 * Which key has to be looked at when, on the arrival clock: a binary heap of (instant, key) without removal. A key has
 * at most one valid instant; entries that it has left behind are passed over when they come up.
 */
export class WakeQueue {
  #instantUs = new Float64Array(64);
  #keyIds = new Uint32Array(64);
  #ordinals = new Uint32Array(64);
  #length = 0;
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
    while (this.#length > 0 && this.#validUs[this.#keyIds[0]!] !== this.#instantUs[0]) this.#removeTop();
    return this.#length === 0 ? Infinity : this.#instantUs[0]!;
  }

  /** The key of `nextUs`, which is not Infinity. */
  nextKeyId(): number {
    return this.#keyIds[0]!;
  }

  /** Queues that key at a later instant; Infinity: not at all. */
  putOffNext(instantUs: number): void {
    const keyId = this.#keyIds[0]!;
    this.#validUs[keyId] = instantUs;
    if (instantUs === Infinity) return this.#removeTop();
    this.#sink({ instantUs, keyId, ordinal: this.#ordinalOf(keyId) });
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
    if (instantUs < Infinity) this.#push(instantUs, keyId);
  }

  /** Takes out the key with the earliest instant; undefined if none is due by `untilUs`. */
  take(untilUs: number): number | undefined {
    if (this.nextUs() > untilUs) return undefined;
    const keyId = this.#keyIds[0]!;
    this.#validUs[keyId] = Infinity;
    this.#removeTop();
    return keyId;
  }

  #push(instantUs: number, keyId: number): void {
    let i = this.#length++;
    this.#instantUs = growFloat64(this.#instantUs, this.#length);
    this.#keyIds = growUint32(this.#keyIds, this.#length);
    this.#ordinals = growUint32(this.#ordinals, this.#length);
    const entry = { instantUs, keyId, ordinal: this.#ordinalOf(keyId) };
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#isBefore(entry, parent)) break;
      this.#copy(parent, i);
      i = parent;
    }
    this.#put(entry, i);
  }

  #removeTop(): void {
    const last = --this.#length;
    if (last > 0) this.#sink(this.#at(last));
  }

  /** From the top, of which nothing is kept. No object in the loop. benchmark: patterns (absence) */
  #sink(entry: Entry): void {
    const instants = this.#instantUs;
    const ordinals = this.#ordinals;
    const { instantUs, ordinal } = entry;
    const length = this.#length;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      let childUs = instants[child]!;
      if (child + 1 < length) {
        const otherUs = instants[child + 1]!;
        if (otherUs < childUs || (otherUs === childUs && ordinals[child + 1]! < ordinals[child]!)) {
          child++;
          childUs = otherUs;
        }
      }
      if (instantUs < childUs || (instantUs === childUs && ordinal < ordinals[child]!)) break;
      this.#copy(child, i);
      i = child;
    }
    this.#put(entry, i);
  }

  #isBefore({ instantUs, ordinal }: Entry, other: number): boolean {
    const otherUs = this.#instantUs[other]!;
    return instantUs < otherUs || (instantUs === otherUs && ordinal < this.#ordinals[other]!);
  }

  #at(i: number): Entry {
    return { instantUs: this.#instantUs[i]!, keyId: this.#keyIds[i]!, ordinal: this.#ordinals[i]! };
  }

  #put({ instantUs, keyId, ordinal }: Entry, i: number): void {
    this.#instantUs[i] = instantUs;
    this.#keyIds[i] = keyId;
    this.#ordinals[i] = ordinal;
  }

  #copy(from: number, to: number): void {
    this.#instantUs[to] = this.#instantUs[from]!;
    this.#keyIds[to] = this.#keyIds[from]!;
    this.#ordinals[to] = this.#ordinals[from]!;
  }
}

/** `ordinal`: the key's, as it was when it was queued, though the id may be another key's by now. */
type Entry = { readonly instantUs: number; readonly keyId: number; readonly ordinal: number };

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
