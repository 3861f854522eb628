import { constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync, type InputType } from 'node:zlib';
import type { Fault } from '../../engine/batch/field-buffer.ts';

/** A header says it; else the first bytes, where they cannot be those of a text. */
export function mayBePacked(
  bytes: Buffer,
  { encoding, isText }: { readonly encoding: string | null; readonly isText: boolean },
): boolean {
  return (encoding !== null && encoding !== '') || (isText && wordOfMagic(bytes) !== null);
}

/**
 * The bytes inside a message that is packed. Memory is bounded by `maxInflatedBytes`; all members of gzip and all frames
 * of zstd are read.
 */
export function unpack(
  packed: Buffer,
  { encoding, maxInflatedBytes }: { readonly encoding: string | null; readonly maxInflatedBytes: number },
): Buffer | Fault {
  const word = encoding === null || encoding === '' ? wordOfMagic(packed) : encoding.trim().toLowerCase();
  if (word === null || word === 'identity') return packed;
  if (!Object.hasOwn(UNPACKERS, word)) {
    const reason = `packed as ${JSON.stringify(encoding!.slice(0, 60))}; known are gzip, zstd and deflate`;
    return { code: 'MR4008', reason };
  }
  return unpackAs(word as keyof typeof UNPACKERS, packed, maxInflatedBytes); // one of its own names
}

function wordOfMagic(bytes: Buffer): 'gzip' | 'zstd' | null {
  const first = bytes[0];
  if (first === 0x1f && bytes[1] === 0x8b) return 'gzip';
  return first === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd ? 'zstd' : null;
}

function unpackAs(word: keyof typeof UNPACKERS, packed: Buffer, maxInflatedBytes: number): Buffer | Fault {
  try {
    return UNPACKERS[word](packed, maxInflatedBytes);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined && TOO_LARGE.includes(code)) {
      return { code: 'MR4009', reason: `unpacked it is longer than ${maxInflatedBytes / 1024 / 1024} MB` };
    }
    const what = code === 'Z_BUF_ERROR' ? 'its data breaks off' : message;
    return { code: 'MR4008', reason: `packed as ${word}, and damaged: ${what}` };
  }
}

const UNPACKERS = {
  gzip: unpackGzip,
  'x-gzip': unpackGzip,
  zstd: unpackZstd,
  deflate: unpackDeflate,
} as const;

/** zlib goes on with the next member, and skips zeros behind the last one. */
function unpackGzip(packed: Buffer, maxOutputLength: number): Buffer {
  return gunzipSync(packed, { maxOutputLength });
}

/** HTTP's `deflate` is zlib's format; some send bare deflate. */
function unpackDeflate(packed: Buffer, maxOutputLength: number): Buffer {
  const isZlib = packed.length >= 2 && (packed[0]! & 0x0f) === 8 && packed.readUInt16BE(0) % 31 === 0;
  const { buffer, readBytes } = withReadBytes(isZlib ? inflateSync : inflateRawSync, packed, { maxOutputLength });
  if (readBytes < packed.length) throw new Error('bytes follow behind its end');
  return buffer;
}

/** Node ends with the first frame. A frame says how much memory its window takes: no more than what it may hold. */
function unpackZstd(packed: Buffer, maxInflatedBytes: number): Buffer {
  const windowLog = Math.min(Math.max(Math.ceil(Math.log2(maxInflatedBytes)), 10), 27);
  const params = { [constants.ZSTD_d_windowLogMax]: windowLog };
  const frames: Buffer[] = [];
  let room = maxInflatedBytes;
  let rest = packed;
  do {
    if (frames.length === MAX_FRAMES) throw new Error(`more than ${MAX_FRAMES} frames`);
    const maxOutputLength = Math.max(room, 1);
    const { buffer, readBytes } = withReadBytes(zstdDecompressSync, rest, { maxOutputLength, params });
    room -= buffer.length;
    if (room < 0) throw Object.assign(new Error('too large'), { code: TOO_LARGE[0] });
    frames.push(buffer);
    rest = rest.subarray(readBytes);
  } while (rest.length > 0);
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
}

/** With `info` there is the engine, too, which says how far it read. Its types do not know of it. */
function withReadBytes<Options>(
  unpackWith: (packed: InputType, options: Options & { readonly info: true }) => Buffer,
  packed: Buffer,
  options: Options,
): { readonly buffer: Buffer; readonly readBytes: number } {
  const { buffer, engine } = unpackWith(packed, { ...options, info: true }) as unknown as {
    readonly buffer: Buffer;
    readonly engine: { readonly bytesWritten: number };
  };
  return { buffer, readBytes: engine.bytesWritten };
}

const TOO_LARGE = ['ERR_BUFFER_TOO_LARGE', 'ZSTD_error_frameParameter_windowTooLarge'];
/** Each costs a decompressor. */
const MAX_FRAMES = 1_000;
