import { growInt32, growUint8 } from '../../state/growable.ts';

/** Which slot of a rule's state a key has, and which keys are watched. */
export interface KeySlots {
  /** −1: there is nothing to know of the key. */
  find(keyId: number): number;
  set(keyId: number, slot: number): void;
  delete(keyId: number): void;
  /** Its key has a slot. Said again where it is so already. */
  watch(keyId: number, isWatched: boolean): void;
  /** Keys with ids below this may follow. */
  reserve(keyCount: number): void;
  readonly stateBytes: number;
  readonly bytesPerKey: number;
}

/** Of a rule that looks at the rows of all keys: arrays by key id, so that a quiet one costs a look at one byte. */
export class DenseKeySlots implements KeySlots {
  /** 1 while a level's condition holds or the alert fires, when every row matters. */
  isWatched: Uint8Array = new Uint8Array(0);
  #slotOfKey: Int32Array = new Int32Array(0); // plus 1; 0, or beyond its end: the key has none
  readonly bytesPerKey = 1 + 4;

  get stateBytes(): number {
    return this.isWatched.byteLength + this.#slotOfKey.byteLength;
  }

  find(keyId: number): number {
    return keyId < this.#slotOfKey.length ? this.#slotOfKey[keyId]! - 1 : -1;
  }

  set(keyId: number, slot: number): void {
    this.#slotOfKey = growInt32(this.#slotOfKey, this.isWatched.length);
    this.#slotOfKey[keyId] = slot + 1;
  }

  delete(keyId: number): void {
    this.#slotOfKey[keyId] = 0;
  }

  watch(keyId: number, isWatched: boolean): void {
    this.isWatched[keyId] = isWatched ? 1 : 0;
  }

  reserve(keyCount: number): void {
    this.isWatched = growUint8(this.isWatched, keyCount);
  }
}

/** Of a rule that is told which rows matter: of a hundred thousand keys it may know one. */
export class SparseKeySlots implements KeySlots {
  readonly #slotOfKey = new Map<number, number>(); // bound: the keys of the rule
  readonly #watch: (keyId: number, isWatched: boolean) => void;
  readonly bytesPerKey = MAP_ENTRY_BYTES;

  constructor(watch: (keyId: number, isWatched: boolean) => void) {
    this.#watch = watch;
  }

  get stateBytes(): number {
    return this.#slotOfKey.size * MAP_ENTRY_BYTES;
  }

  find(keyId: number): number {
    return this.#slotOfKey.get(keyId) ?? -1;
  }

  set(keyId: number, slot: number): void {
    this.#slotOfKey.set(keyId, slot);
  }

  delete(keyId: number): void {
    this.#slotOfKey.delete(keyId);
  }

  watch(keyId: number, isWatched: boolean): void {
    this.#watch(keyId, isWatched);
  }

  reserve(): void {}
}

const MAP_ENTRY_BYTES = 40; // an estimate
