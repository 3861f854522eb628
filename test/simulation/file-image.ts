/** Bytes of a file that grows: what is beyond its end when something is written there is zeros. */
export class FileImage {
  #bytes = new Uint8Array(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  read(into: Uint8Array, position: number): number {
    const found = this.bytes.subarray(position, position + into.length);
    into.set(found);
    return found.length;
  }

  apply(change: FileChange): void {
    if (change.kind === 'truncate') return this.#resize(change.sizeBytes);
    this.#resize(Math.max(this.#size, change.position + change.bytes.length));
    this.#bytes.set(change.bytes, change.position);
  }

  copy(): FileImage {
    const image = new FileImage();
    image.apply({ kind: 'write', position: 0, bytes: this.bytes });
    return image;
  }

  #resize(sizeBytes: number): void {
    if (sizeBytes > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, 2 * this.#bytes.length));
      grown.set(this.bytes);
      this.#bytes = grown;
    }
    if (sizeBytes < this.#size) this.#bytes.fill(0, sizeBytes, this.#size);
    this.#size = sizeBytes;
  }
}

export type FileChange =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly sizeBytes: number };
