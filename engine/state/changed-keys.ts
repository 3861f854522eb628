import { growUint8 } from './growable.ts';

/**
 * Which keys have changed since the last checkpoint, and which of them a checkpoint that is being taken still has to
 * save: a byte a key each. Whoever changes a key says so before, so that its state can be saved as it was. Costs nothing
 * until `track` is called.
 */
export class ChangedKeys {
  #isTracked = false;
  #isChanged: Uint8Array = new Uint8Array(0);
  #isUnsaved: Uint8Array = new Uint8Array(0);
  #unsavedCount = 0;
  #turns: Uint32Array = NO_KEYS; // the keys to be saved, of which those before the next one are
  #nextTurn = 0;
  #leastKeys = 0;
  #save: (keyIds: Uint32Array) => void = () => {};

  get isTracked(): boolean {
    return this.#isTracked;
  }

  /** From now on; keys known by then count as changed. */
  track(keyCount: number): void {
    this.#isTracked = true;
    this.reserve(keyCount);
    this.#isChanged.fill(1, 0, keyCount);
  }

  reserve(keyCount: number): void {
    if (this.#isTracked) this.#isChanged = growUint8(this.#isChanged, keyCount);
  }

  /** The keys at from … until−1 are about to change; there is room for them. benchmark: recovery */
  willChange(keyIds: Uint32Array, from: number, until: number): void {
    if (!this.#isTracked) return;
    if (this.#unsavedCount > 0) this.#saveUnsaved(keyIds.subarray(from, until));
    const isChanged = this.#isChanged;
    for (let i = from; i < until; i++) isChanged[keyIds[i]!] = 1;
  }

  oneWillChange(keyId: number): void {
    if (!this.#isTracked) return;
    // Asked for each of a million keys when a source ends: nothing is made where it is saved already.
    if (this.#unsavedCount > 0 && this.#isUnsaved[keyId] === 1) this.#saveUnsaved(Uint32Array.of(keyId));
    this.#isChanged[keyId] = 1;
  }

  /** The changed keys that are known, in ascending order; from then on nothing is changed. */
  take(keyCount: number, isKnown: Uint8Array): Uint32Array {
    this.reserve(keyCount);
    const isChanged = this.#isChanged;
    const taken = new Uint32Array(keyCount);
    let count = 0;
    for (let keyId = 0; keyId < keyCount; keyId++) {
      if (isChanged[keyId] === 1 && isKnown[keyId] === 1) taken[count++] = keyId;
    }
    isChanged.fill(0, 0, keyCount);
    return taken.subarray(0, count);
  }

  /**
   * These keys are to be saved with `save`: before they change, or when `saveNext` comes to them. Keys that change one by
   * one take others along until they are `leastKeys`, since a call costs as much as many keys.
   */
  saveBeforeChange(
    keyIds: Uint32Array,
    { save, leastKeys }: { readonly save: (keyIds: Uint32Array) => void; readonly leastKeys: number },
  ): void {
    this.#isUnsaved = growUint8(this.#isUnsaved, this.#isChanged.length);
    for (let i = 0; i < keyIds.length; i++) this.#isUnsaved[keyIds[i]!] = 1;
    this.#unsavedCount = keyIds.length;
    this.#turns = keyIds;
    this.#nextTurn = 0;
    this.#leastKeys = leastKeys;
    this.#save = save;
  }

  /** What is not saved yet does not have to be any more. */
  stopSaving(): void {
    this.#isUnsaved.fill(0);
    this.#unsavedCount = 0;
    this.#letGo();
  }

  get areAllSaved(): boolean {
    return this.#unsavedCount === 0;
  }

  /** Saves so many of the keys that are not saved yet, or those that are left. */
  saveNext(keyCount: number): void {
    const unsaved = new Uint32Array(Math.min(keyCount, this.#unsavedCount));
    this.#saveFirst(unsaved, this.#fillUp(unsaved, 0));
  }

  #saveUnsaved(keyIds: Uint32Array): void {
    const isUnsaved = this.#isUnsaved;
    const unsaved = new Uint32Array(Math.max(keyIds.length, this.#leastKeys));
    let count = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const keyId = keyIds[i]!;
      if (isUnsaved[keyId] !== 1) continue; // of a key that is newer than the array: undefined
      isUnsaved[keyId] = 0;
      unsaved[count++] = keyId;
    }
    if (count === 0) return;
    this.#saveFirst(unsaved, this.#fillUp(unsaved.subarray(0, this.#leastKeys), count));
  }

  /** Writes keys whose turn it is behind the `count` that are there, until there are as many as fit; returns how many. */
  #fillUp(unsaved: Uint32Array, count: number): number {
    const isUnsaved = this.#isUnsaved;
    for (; count < unsaved.length && this.#nextTurn < this.#turns.length; this.#nextTurn++) {
      const keyId = this.#turns[this.#nextTurn]!;
      if (isUnsaved[keyId] !== 1) continue;
      isUnsaved[keyId] = 0;
      unsaved[count++] = keyId;
    }
    return count;
  }

  #saveFirst(unsaved: Uint32Array, count: number): void {
    if (count === 0) return;
    this.#unsavedCount -= count;
    this.#save(unsaved.subarray(0, count));
    if (this.#unsavedCount === 0) this.#letGo();
  }

  /** Of what is only of use while keys are unsaved, and of all that `save` refers to. */
  #letGo(): void {
    this.#turns = NO_KEYS;
    this.#save = () => {};
  }
}

const NO_KEYS = new Uint32Array(0);
