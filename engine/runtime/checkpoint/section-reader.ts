import { crc32 } from 'node:zlib';
import type { DiskFile } from '../../disk.ts';
import { SLICE_BYTES } from './section-writer.ts';

/** Reads below this size come from a window over the file, so that a thousand small arrays are a few reads. */
const WINDOW_BYTES = 256 * 1024;

/** Reads a file from its start to its end, and gives the checksum of what was read. */
export class SectionReader {
  readonly #file: DiskFile;
  readonly #window: Uint8Array;
  #windowStart = 0;
  #windowBytes = 0;

  constructor(file: DiskFile, fileBytes: number) {
    this.#file = file;
    this.#window = new Uint8Array(Math.min(WINDOW_BYTES, fileBytes));
  }

  /** As `read`, of what is in the window; undefined: it is not. */
  readAtOnce(into: Uint8Array, position: number): number | undefined {
    if (into.length === 0) return 0;
    if (!this.#isInside(into, position)) return undefined;
    const from = position - this.#windowStart;
    into.set(this.#window.subarray(from, from + into.length));
    return crc32(into);
  }

  /** Fills `into`; the checksum goes on from the one given. Undefined where the file ends before. */
  async read(into: Uint8Array, position: number, checksum = 0): Promise<number | undefined> {
    for (let start = 0; start < into.length; start += SLICE_BYTES) {
      const slice = into.subarray(start, start + SLICE_BYTES);
      if (!(await this.#readSlice(slice, position + start))) return undefined;
      checksum = crc32(slice, checksum);
    }
    return checksum;
  }

  async #readSlice(slice: Uint8Array, position: number): Promise<boolean> {
    if (slice.length > this.#window.length) return (await this.#file.read(slice, position)) === slice.length;
    if (!this.#isInside(slice, position)) {
      this.#windowStart = position;
      this.#windowBytes = await this.#file.read(this.#window, position);
      if (this.#windowBytes < slice.length) return false;
    }
    const from = position - this.#windowStart;
    slice.set(this.#window.subarray(from, from + slice.length));
    return true;
  }

  #isInside(slice: Uint8Array, position: number): boolean {
    return position >= this.#windowStart && position + slice.length <= this.#windowStart + this.#windowBytes;
  }
}
