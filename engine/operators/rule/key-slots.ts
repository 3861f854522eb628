import { growInt32, growUint8 } from '../../state/growable.ts';

/** Which slot of the state a key of a rule has, and which keys are watched by which rules. Rules are numbers. */
export interface KeySlots {
  /** −1: there is nothing to know of the key. */
  find(keyId: number, rule: number): number;
  set(keyId: number, rule: number, slot: number): void;
  delete(keyId: number, rule: number): void;
  /** Its key has a slot. Said again where it is so already. */
  watch(keyId: number, rule: number, isWatched: boolean): void;
  /** Keys with ids below this may follow. */
  reserve(keyCount: number): void;
  readonly stateBytes: number;
  readonly bytesPerKey: number;
}

/** Of one rule that looks at the rows of all keys: arrays by key id, so that a quiet one costs a look at one byte. */
export class DenseKeySlots implements KeySlots {
  /** 1 while a level's condition holds or the alert fires, when every row matters. */
  isWatched: Uint8Array = new Uint8Array(0);
  #slotOfKey: Int32Array = new Int32Array(0); // plus 1; 0, or beyond its end: the key has none
  readonly bytesPerKey = 1 + 4;

  get stateBytes(): number {
    return this.isWatched.byteLength + this.#slotOfKey.byteLength;
  }

  /** By key id below what was reserved, its slot plus 1; 0: it has none. */
  get slotOfKey(): Int32Array {
    return (this.#slotOfKey = growInt32(this.#slotOfKey, this.isWatched.length));
  }

  find(keyId: number): number {
    return keyId < this.#slotOfKey.length ? this.#slotOfKey[keyId]! - 1 : -1;
  }

  set(keyId: number, _: number, slot: number): void {
    this.#slotOfKey = growInt32(this.#slotOfKey, this.isWatched.length);
    this.#slotOfKey[keyId] = slot + 1;
  }

  delete(keyId: number): void {
    this.#slotOfKey[keyId] = 0;
  }

  watch(keyId: number, _: number, isWatched: boolean): void {
    this.isWatched[keyId] = isWatched ? 1 : 0;
  }

  reserve(keyCount: number): void {
    this.isWatched = growUint8(this.isWatched, keyCount);
  }
}

/**
 * Of rules that are told which rows matter: of a hundred thousand keys each may know one. A hash table of pairs of a key and a
 * rule, in one array: the next place is tried where one is taken.
 */
export class SparseKeySlots implements KeySlots {
  #entries = new Int32Array(FIRST_PLACES * WIDTH); // key id, rule, slot plus 1; 0: the place is free
  #mask = FIRST_PLACES - 1; // of places
  #count = 0;
  readonly #watch: KeySlots['watch'];
  readonly bytesPerKey = WIDTH * 4 * PLACES_PER_PAIR;

  constructor(watch: KeySlots['watch']) {
    this.#watch = watch;
  }

  get stateBytes(): number {
    return this.#entries.byteLength;
  }

  find(keyId: number, rule: number): number {
    return this.#entries[this.#placeOf(keyId, rule) * WIDTH + SLOT]! - 1;
  }

  set(keyId: number, rule: number, slot: number): void {
    if ((this.#count + 1) * PLACES_PER_PAIR > this.#mask + 1) this.#grow();
    const place = this.#placeOf(keyId, rule);
    if (this.#entries[place * WIDTH + SLOT] === 0) this.#count++;
    this.#write(place, keyId, rule, slot + 1);
  }

  /** What has been tried behind it moves up. */
  delete(keyId: number, rule: number): void {
    const entries = this.#entries;
    let hole = this.#placeOf(keyId, rule);
    if (entries[hole * WIDTH + SLOT] === 0) return;
    this.#count--;
    for (let next = (hole + 1) & this.#mask; ; next = (next + 1) & this.#mask) {
      const at = next * WIDTH;
      if (entries[at + SLOT] === 0) break;
      const home = hashOf(entries[at]!, entries[at + 1]!) & this.#mask;
      if (((next - home) & this.#mask) < ((next - hole) & this.#mask)) continue;
      this.#write(hole, entries[at]!, entries[at + 1]!, entries[at + SLOT]!);
      hole = next;
    }
    entries[hole * WIDTH + SLOT] = 0;
  }

  watch(keyId: number, rule: number, isWatched: boolean): void {
    this.#watch(keyId, rule, isWatched);
  }

  reserve(): void {}

  /** Where the pair is, or the free place where it belongs: there always is one. */
  #placeOf(keyId: number, rule: number): number {
    const entries = this.#entries;
    let place = hashOf(keyId, rule) & this.#mask;
    for (; ; place = (place + 1) & this.#mask) {
      const at = place * WIDTH;
      if (entries[at + SLOT] === 0 || (entries[at] === keyId && entries[at + 1] === rule)) return place;
    }
  }

  #write(place: number, keyId: number, rule: number, slot: number): void {
    const at = place * WIDTH;
    this.#entries[at] = keyId;
    this.#entries[at + 1] = rule;
    this.#entries[at + SLOT] = slot;
  }

  #grow(): void {
    const before = this.#entries;
    this.#entries = new Int32Array(before.length * 2);
    this.#mask = this.#mask * 2 + 1;
    for (let at = 0; at < before.length; at += WIDTH) {
      const [keyId, rule, slot] = [before[at]!, before[at + 1]!, before[at + SLOT]!];
      if (slot !== 0) this.#write(this.#placeOf(keyId, rule), keyId, rule, slot);
    }
  }
}

const FIRST_PLACES = 8;
const PLACES_PER_PAIR = 2; // at least
const WIDTH = 4; // one is not used: a place is in one line of the cache
const SLOT = 2;

/** Ids count up, and so do rules: a product spreads them. */
function hashOf(keyId: number, rule: number): number {
  const bits = Math.imul(keyId, 0x9e37_79b1) ^ Math.imul(rule, 0x85eb_ca6b);
  return bits ^ (bits >>> 15);
}
