import { growUint8 } from './growable.ts';

/** Which keys have changed since the last checkpoint: a byte a key. Costs nothing until `track` is called. */
export class ChangedKeys {
  #isChanged: Uint8Array = new Uint8Array(0);
  #isTracked = false;

  get isTracked(): boolean {
    return this.#isTracked;
  }

  /** From now on; keys known by then count as changed. */
  track(keyCount: number): void {
    this.#isTracked = true;
    this.#isChanged = growUint8(this.#isChanged, keyCount);
    this.#isChanged.fill(1, 0, keyCount);
  }

  reserve(keyCount: number): void {
    if (this.#isTracked) this.#isChanged = growUint8(this.#isChanged, keyCount);
  }

  /** Room for the keys is there. benchmark: recovery */
  add(keyIds: Uint32Array, from: number, to: number): void {
    if (!this.#isTracked) return;
    const isChanged = this.#isChanged;
    for (let i = from; i < to; i++) isChanged[keyIds[i]!] = 1;
  }

  addOne(keyId: number): void {
    if (this.#isTracked) this.#isChanged[keyId] = 1;
  }

  /**
   * The changed keys, and those whose turn it is of all, in ascending order, less what `isKnown` does not have; from
   * then on nothing is changed. A turn is the blocks of 1,024 keys whose number is `turn` modulo `turnCount`.
   */
  take(options: {
    readonly keyCount: number;
    readonly isKnown: Uint8Array;
  } & Turn): Uint32Array {
    const { keyCount, isKnown, turn, turnCount } = options;
    this.reserve(keyCount);
    const isChanged = this.#isChanged;
    const taken = new Uint32Array(keyCount);
    let count = 0;
    for (let block = 0; block * BLOCK_KEYS < keyCount; block++) {
      const isItsTurn = isBlocksTurn(block * BLOCK_KEYS, { turn, turnCount }) ? 1 : 0;
      const end = Math.min(keyCount, (block + 1) * BLOCK_KEYS);
      for (let keyId = block * BLOCK_KEYS; keyId < end; keyId++) {
        if ((isChanged[keyId]! | isItsTurn) !== 0 && isKnown[keyId] === 1) taken[count++] = keyId;
      }
    }
    isChanged.fill(0, 0, keyCount);
    return taken.subarray(0, count);
  }
}

const BLOCK_KEYS = 1_024;

/** Whether it is the turn of the block that an id lies in: after `turnCount` turns, every id has had one. */
export function isBlocksTurn(id: number, { turn, turnCount }: Turn): boolean {
  return Math.floor(id / BLOCK_KEYS) % turnCount === turn;
}

export type Turn = { readonly turn: number; readonly turnCount: number };
