import { growFloat64, growUint32 } from './growable.ts';

/**
 * Entries of a wake queue, of which the first is that with the least (instant, ordinal). The ordinal is the key's, as it was
 * when it was queued, though the id may be another key's by now.
 */
export interface WakeEntries {
  /** Infinity: there is none. */
  readonly firstUs: number;
  readonly firstKeyId: number;
  removeFirst(): void;
}

/** Those that came in their order, in a ring. */
export class WakeRow implements WakeEntries {
  #instantUs = new Float64Array(64);
  #keyIds = new Uint32Array(64);
  #ordinals = new Uint32Array(64);
  #start = 0;
  #length = 0;

  get firstUs(): number {
    return this.#length === 0 ? Infinity : this.#instantUs[this.#start]!;
  }

  get firstKeyId(): number {
    return this.#keyIds[this.#start]!;
  }

  get firstOrdinal(): number {
    return this.#ordinals[this.#start]!;
  }

  /** False: it comes before the last one, and has no place here. */
  append(instantUs: number, keyId: number, ordinal: number): boolean {
    if (this.#length > 0) {
      const last = (this.#start + this.#length - 1) & (this.#keyIds.length - 1);
      const lastUs = this.#instantUs[last]!;
      if (instantUs < lastUs || (instantUs === lastUs && ordinal < this.#ordinals[last]!)) return false;
      if (this.#length === this.#keyIds.length) this.#grow();
    }
    const i = (this.#start + this.#length++) & (this.#keyIds.length - 1);
    this.#instantUs[i] = instantUs;
    this.#keyIds[i] = keyId;
    this.#ordinals[i] = ordinal;
    return true;
  }

  removeFirst(): void {
    this.#start = (this.#start + 1) & (this.#keyIds.length - 1);
    this.#length--;
  }

  /** A power of two, from the front on. */
  #grow(): void {
    const places = Uint32Array.from({ length: this.#length }, (_, i) => (this.#start + i) & (this.#length - 1));
    const [instantUs, keyIds, ordinals] = [this.#instantUs, this.#keyIds, this.#ordinals];
    this.#instantUs = new Float64Array(this.#length * 2);
    this.#keyIds = new Uint32Array(this.#length * 2);
    this.#ordinals = new Uint32Array(this.#length * 2);
    for (let i = 0; i < places.length; i++) {
      this.#instantUs[i] = instantUs[places[i]!]!;
      this.#keyIds[i] = keyIds[places[i]!]!;
      this.#ordinals[i] = ordinals[places[i]!]!;
    }
    this.#start = 0;
  }
}

/** Any others: a binary heap. */
export class WakeHeap implements WakeEntries {
  #instantUs = new Float64Array(64);
  #keyIds = new Uint32Array(64);
  #ordinals = new Uint32Array(64);
  #length = 0;

  get firstUs(): number {
    return this.#length === 0 ? Infinity : this.#instantUs[0]!;
  }

  get firstKeyId(): number {
    return this.#keyIds[0]!;
  }

  isBefore({ firstUs, firstOrdinal }: WakeRow): boolean {
    if (this.#length === 0) return false;
    const ownUs = this.#instantUs[0]!;
    return ownUs < firstUs || (ownUs === firstUs && this.#ordinals[0]! < firstOrdinal);
  }

  push(instantUs: number, keyId: number, ordinal: number): void {
    let i = this.#length++;
    this.#instantUs = growFloat64(this.#instantUs, this.#length);
    this.#keyIds = growUint32(this.#keyIds, this.#length);
    this.#ordinals = growUint32(this.#ordinals, this.#length);
    const entry = { instantUs, keyId, ordinal };
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#isBefore(entry, parent)) break;
      this.#copy(parent, i);
      i = parent;
    }
    this.#put(entry, i);
  }

  removeFirst(): void {
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

type Entry = { readonly instantUs: number; readonly keyId: number; readonly ordinal: number };
