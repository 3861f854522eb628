import type { Readable } from 'node:stream';
import { createZstdDecompress, type ZstdDecompress } from 'node:zlib';

/**
 * Unpacks all frames of a zstd file: `zstd` writes one, but files that were appended to or packed in parallel have many,
 * and Node's decompressor ends with the first that ends within a chunk. What stands behind the last one is an error.
 */
export async function* unpackZstd(packed: Readable, chunkSize: number): AsyncGenerator<Buffer> {
  const chunks = packed[Symbol.asyncIterator]() as AsyncIterator<Buffer>; // of a stream without encoding
  try {
    let rest = await nextChunk(chunks);
    while (rest !== null) {
      const frame = new Frame(createZstdDecompress({ chunkSize }));
      const isFed = frame.feed(rest, chunks);
      yield* frame.unpacked;
      await isFed;
      rest = frame.rest ?? (await nextChunk(chunks));
    }
  } finally {
    packed.destroy();
  }
}

/** One decompressor: of one frame, or of more where each begins with a chunk. */
class Frame {
  readonly unpacked: ZstdDecompress;
  /** What it left of its last chunk, once it has ended: the next frame. */
  rest: Buffer | null = null;
  #isEnded = false;

  constructor(unpacked: ZstdDecompress) {
    this.unpacked = unpacked;
    unpacked.once('end', () => {
      this.#isEnded = true;
    });
  }

  /** Resolves when the frame has ended; an error, of reading too, comes out of `unpacked`. */
  async feed(first: Buffer, chunks: AsyncIterator<Buffer>): Promise<void> {
    await this.#feedAll(first, chunks).catch(error => this.unpacked.destroy(error));
  }

  /** Chunk by chunk, so that only the last one can be left in part. */
  async #feedAll(first: Buffer, chunks: AsyncIterator<Buffer>): Promise<void> {
    let fedBytes = 0;
    for (let chunk: Buffer | null = first; chunk !== null; chunk = await nextChunk(chunks)) {
      fedBytes += chunk.length;
      await this.#write(chunk);
      const leftBytes = fedBytes - this.unpacked.bytesWritten;
      if (leftBytes > 0) this.rest = chunk.subarray(chunk.length - leftBytes);
      if (this.#isEnded || leftBytes > 0 || this.unpacked.destroyed) return;
    }
    this.unpacked.end();
  }

  #write(chunk: Buffer): Promise<void> {
    return new Promise(resolve => {
      this.unpacked.once('close', resolve);
      this.unpacked.write(chunk, () => {
        this.unpacked.off('close', resolve);
        resolve();
      });
    });
  }
}

async function nextChunk(chunks: AsyncIterator<Buffer>): Promise<Buffer | null> {
  const { done, value } = await chunks.next();
  return done === true ? null : value;
}
