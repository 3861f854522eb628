import { crc32 } from 'node:zlib';
import type { DiskFile } from '../../disk.ts';

/**
 * What is written and checked at once: short enough that nobody waits for it, less than a millisecond, and long enough
 * that a disk which gets its turn only between two rounds of events keeps up with the keys that they change.
 */
export const SLICE_BYTES = 1024 * 1024;

/** Bytes of one section, without its padding, and the checksum of both. */
export type WrittenSection = { readonly sizeBytes: number; readonly checksum: number };

/**
 * Writes sections one after the other, each padded with zeros to 8 bytes. They are gathered in a slice, and whenever it is
 * full the disk is waited for; `flush` at the end. What was appended is copied, and may be let go of.
 */
export class SectionWriter {
  readonly #file: DiskFile;
  readonly #gathered = new Uint8Array(SLICE_BYTES);
  #gatheredBytes = 0;
  #writtenBytes: number;
  #sectionBytes = 0;
  #checksum = 0;

  constructor(file: DiskFile, startBytes: number) {
    this.#file = file;
    this.#writtenBytes = startBytes;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#writtenBytes + this.#gatheredBytes;
  }

  /** What has room in the slice is appended at once, and nothing is waited for: ten thousand rules have a hundred thousand small arrays. */
  append(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#gatheredBytes + bytes.length > SLICE_BYTES) return this.#appendSlices(bytes);
    if (bytes.length > 0) this.#gather(bytes);
    this.#sectionBytes += bytes.length;
    return undefined;
  }

  async #appendSlices(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; ) {
      if (this.#gatheredBytes === SLICE_BYTES) await this.flush();
      const slice = bytes.subarray(start, start + SLICE_BYTES - this.#gatheredBytes);
      this.#gather(slice);
      start += slice.length;
    }
    this.#sectionBytes += bytes.length;
  }

  #gather(bytes: Uint8Array): void {
    this.#gathered.set(bytes, this.#gatheredBytes);
    this.#checksum = crc32(bytes, this.#checksum);
    this.#gatheredBytes += bytes.length;
  }

  /** Waits as `append` does. */
  endSection(): WrittenSection | Promise<WrittenSection> {
    const sizeBytes = this.#sectionBytes;
    const waiting = this.append(PADDING.subarray(0, paddedBytes(sizeBytes) - sizeBytes));
    return waiting === undefined ? this.#ended(sizeBytes) : waiting.then(() => this.#ended(sizeBytes));
  }

  #ended(sizeBytes: number): WrittenSection {
    const section = { sizeBytes, checksum: this.#checksum };
    this.#sectionBytes = 0;
    this.#checksum = 0;
    return section;
  }

  async flush(): Promise<void> {
    await this.#file.write(this.#gathered.subarray(0, this.#gatheredBytes), this.#writtenBytes);
    this.#writtenBytes += this.#gatheredBytes;
    this.#gatheredBytes = 0;
  }
}

export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 8) * 8;
}

const PADDING = new Uint8Array(8);
