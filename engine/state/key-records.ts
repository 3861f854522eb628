import type { Snapshot } from '../operator.ts';

const LEAST_DOUBLES = 8192; // of a block: 64 KB

/**
 * So many doubles for each key, all 0 until they are written. They lie in blocks that are never copied, so that
 * the millionth key costs as much as the first.
 */
export class KeyRecords {
  readonly width: number;
  readonly #keysOfBlock: number;
  readonly #blocks: Float64Array[] = [];

  constructor(width: number) {
    this.width = width;
    this.#keysOfBlock = Math.max(1, Math.floor(LEAST_DOUBLES / width));
  }

  get stateBytes(): number {
    return this.#blocks.length * this.#keysOfBlock * this.width * 8;
  }

  reserve(keyCount: number): void {
    while (this.#blocks.length * this.#keysOfBlock < keyCount)
      this.#blocks.push(new Float64Array(this.#keysOfBlock * this.width));
  }

  /** The array that the key's record lies in, from `startOf` on. */
  blockOf(key: number): Float64Array {
    return this.#blocks[Math.floor(key / this.#keysOfBlock)]!;
  }

  startOf(key: number): number {
    return (key % this.#keysOfBlock) * this.width;
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    const records = new Float64Array(keyIds.length * this.width);
    for (let i = 0; i < keyIds.length; i++) {
      const start = this.startOf(keyIds[i]!);
      records.set(this.blockOf(keyIds[i]!).subarray(start, start + this.width), i * this.width);
    }
    return { records };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    const records = snapshot['records'] as Float64Array;
    for (let i = 0; i < keyIds.length; i++) {
      const key = keyIds[i]!;
      if (key === -1) continue;
      this.blockOf(key).set(records.subarray(i * this.width, (i + 1) * this.width), this.startOf(key));
    }
  }

  forget(key: number): void {
    const start = this.startOf(key);
    this.blockOf(key).fill(0, start, start + this.width);
  }
}
