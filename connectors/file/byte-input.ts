import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MillraceError } from '../../engine/errors.ts';
import { unpackZstd } from './zstd-frames.ts';

/** Bytes from somewhere. One read is under way at a time. */
export interface ByteInput {
  /** Reads into the buffer from `at` on; 0: the end (of a file that grows: the present one), -1: aborted. */
  read(buffer: Buffer, at: number, signal: AbortSignal): Promise<number>;
  /** 0..1; of standard input, whose size is not known, 0. */
  progress(): number;
  close(): Promise<void>;
}

/** A plain file. It may grow, and be cut. */
export class FileInput implements ByteInput {
  readonly #file: FileHandle;
  #offset: number;
  #sizeBytes: number;

  private constructor(file: FileHandle, options: { readonly offset: number; readonly sizeBytes: number }) {
    this.#file = file;
    this.#offset = options.offset;
    this.#sizeBytes = options.sizeBytes;
  }

  static async open(path: string, offset: number): Promise<FileInput> {
    const file = await open(path, 'r');
    return new FileInput(file, { offset, sizeBytes: (await file.stat()).size });
  }

  async read(buffer: Buffer, at: number): Promise<number> {
    const { bytesRead } = await this.#file.read(buffer, at, buffer.length - at, this.#offset);
    this.#offset += bytesRead;
    return bytesRead;
  }

  /** What became of the file since it was opened. */
  async stat(): Promise<{ readonly ino: number; readonly dev: number; readonly isCut: boolean }> {
    const { ino, dev, size } = await this.#file.stat();
    this.#sizeBytes = size;
    return { ino, dev, isCut: size < this.#offset };
  }

  /** The first bytes, as they are now. */
  async head(bytes: number): Promise<Buffer> {
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await this.#file.read(buffer, 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  }

  seek(offset: number): void {
    this.#offset = offset;
  }

  progress(): number {
    return this.#sizeBytes === 0 ? 1 : Math.min(this.#offset / this.#sizeBytes, 1);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** What can only be read once, from front to back: standard input, a compressed file. */
export class StreamInput implements ByteInput {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #progress: () => number;
  readonly #close: () => void;
  #pending: Promise<IteratorResult<Buffer>> | undefined;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(stream: Readable, options: { readonly progress: () => number; readonly close: () => void }) {
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#progress = options.progress;
    this.#close = options.close;
  }

  static standardInput(stream: Readable): StreamInput {
    // Not destroyed: it belongs to the process. Paused and let go, it no longer keeps the process alive.
    const close = (): void => {
      stream.pause();
      if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
    };
    return new StreamInput(stream, { progress: () => 0, close });
  }

  static decompressed(
    path: string,
    options: { readonly compression: 'gzip' | 'zstd'; readonly sizeBytes: number },
  ): StreamInput {
    const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    const unpacked =
      options.compression === 'gzip'
        ? unpackGzip(file)
        : Readable.from(unpackZstd(file, CHUNK_BYTES), { objectMode: false });
    return new StreamInput(unpacked, {
      progress: () => (options.sizeBytes === 0 ? 1 : Math.min(file.bytesRead / options.sizeBytes, 1)),
      close: () => unpacked.destroy(),
    });
  }

  async read(buffer: Buffer, at: number, signal: AbortSignal): Promise<number> {
    while (this.#chunk.length === 0) {
      this.#pending ??= this.#chunks.next();
      const result = await untilAborted(this.#pending, signal);
      if (result === undefined) return -1;
      this.#pending = undefined;
      if (result.done === true) return 0;
      this.#chunk = Buffer.from(result.value);
    }
    const bytes = this.#chunk.copy(buffer, at);
    this.#chunk = this.#chunk.subarray(bytes);
    return bytes;
  }

  progress(): number {
    return this.#progress();
  }

  async close(): Promise<void> {
    this.#pending?.catch(() => {});
    this.#close();
  }
}

/** All members of the file. */
function unpackGzip(file: Readable): Readable {
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(file, unpacked, () => {}); // an error comes out of `unpacked`, whose reader reports it
  return unpacked;
}

const CHUNK_BYTES = 256 * 1024;

/** A coded error for what a decompressor says. */
export function unpackError(
  error: unknown,
  options: { readonly address: string; readonly compression: string },
): MillraceError {
  const { code, message } = error as NodeJS.ErrnoException;
  const isCut = code === 'Z_BUF_ERROR' || /unexpected end/i.test(message);
  return new MillraceError(
    'MR5007',
    `${JSON.stringify(options.address)} is damaged: ${isCut ? `its ${options.compression} data breaks off` : message}`,
    {
      hint: `\`${options.compression === 'gzip' ? 'gzip' : 'zstd'} -t\` checks it; copy it again from where it came`,
      cause: error,
    },
  );
}

/** Resolves with the promise, or with undefined when the signal aborts before. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const aborted = Promise.withResolvers<undefined>();
  const abort = (): void => aborted.resolve(undefined);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
