import { type FileChange, FileImage } from './file-image.ts';
import { afterPowerCut } from './unsynced-changes.ts';

/** A file apart from its names: what reads see, what is on the disk, and what has still to get there. */
export class FakeInode {
  readonly id: number;
  #seen = new FileImage();
  #durable = new FileImage();
  #changes: FileChange[] = [];

  constructor(id: number) {
    this.id = id;
  }

  get size(): number {
    return this.#seen.size;
  }

  read(into: Uint8Array, position: number): number {
    return this.#seen.read(into, position);
  }

  change(change: FileChange): void {
    this.#seen.apply(change);
    this.#changes.push(change);
  }

  sync(): void {
    for (const change of this.#changes) this.#durable.apply(change);
    this.#changes = [];
  }

  failSync(isStillSeen: boolean): void {
    this.#changes = [];
    if (!isStillSeen) this.#seen = this.#durable.copy();
  }

  crash(random: () => number): void {
    this.#durable = afterPowerCut(this.#durable, this.#changes, random);
    this.#changes = [];
    this.#seen = this.#durable.copy();
  }

  flipBit(bit: number): void {
    const position = bit >>> 3;
    for (const image of [this.#seen, this.#durable]) {
      if (position >= image.size) continue;
      const bytes = Uint8Array.of(image.bytes[position]! ^ (1 << (bit & 7)));
      image.apply({ kind: 'write', position, bytes });
    }
  }
}
