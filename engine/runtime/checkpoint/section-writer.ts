import { crc32 } from 'node:zlib';
import type { DiskFile } from '../../disk.ts';

/** What is written and checked at once: short enough that nobody waits for it, about 2 ms. */
export const SLICE_BYTES = 4 * 1024 * 1024;

/** Pieces below this size are gathered, so that a thousand small arrays are a few writes. */
const GATHERED_BYTES = 64 * 1024;

/** Bytes of one section, without its padding, and the checksum of both. */
export type WrittenSection = { readonly sizeBytes: number; readonly checksum: number };

/**
 * Writes sections one after the other, each padded with zeros to 8 bytes. Large arrays are written as they are, in
 * slices, with a wait for the disk between them; `flush` at the end.
 */
export class SectionWriter {
  readonly #file: DiskFile;
  readonly #gathered = new Uint8Array(GATHERED_BYTES);
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

  async append(bytes: Uint8Array): Promise<void> {
    this.#sectionBytes += bytes.length;
    for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
      await this.#appendSlice(bytes.subarray(start, start + SLICE_BYTES));
    }
  }

  async endSection(): Promise<WrittenSection> {
    const sizeBytes = this.#sectionBytes;
    await this.#appendSlice(new Uint8Array(paddedBytes(sizeBytes) - sizeBytes));
    const section = { sizeBytes, checksum: this.#checksum };
    this.#sectionBytes = 0;
    this.#checksum = 0;
    return section;
  }

  async flush(): Promise<void> {
    await this.#write(this.#gathered.subarray(0, this.#gatheredBytes));
    this.#gatheredBytes = 0;
  }

  async #appendSlice(slice: Uint8Array): Promise<void> {
    this.#checksum = crc32(slice, this.#checksum);
    if (this.#gatheredBytes + slice.length > GATHERED_BYTES) await this.flush();
    if (slice.length > GATHERED_BYTES) return await this.#write(slice);
    this.#gathered.set(slice, this.#gatheredBytes);
    this.#gatheredBytes += slice.length;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#file.write(bytes, this.#writtenBytes);
    this.#writtenBytes += bytes.length;
  }
}

export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 8) * 8;
}
