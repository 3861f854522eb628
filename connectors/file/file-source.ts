import type { Readable } from 'node:stream';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { createDecoder, type Decoder, type TextFormat } from '../codecs/decoder.ts';
import { type ByteInput, FileInput, StreamInput, unpackError } from './byte-input.ts';
import {
  cannotFollow,
  FINGERPRINT_BYTES,
  type Fingerprint,
  fingerprintOf,
  type InspectedFile,
  readError,
  readStart,
} from './format.ts';
import { Pacing } from './pacing.ts';

type TextFile = InspectedFile & { readonly format: TextFormat };

/**
 * Opens a text file, followed or not, or standard input. The position is the offset of the next event in the (unpacked)
 * bytes, with the number of lines before it and a fingerprint of the file. Standard input has no way back: a restored
 * run reads what comes.
 */
export async function openFileSource(
  options: SourceOptions,
  file: TextFile,
  stdin: Readable = process.stdin,
): Promise<Source> {
  if (options.isFollowed && file.compression !== null) throw cannotFollow('compressed file');
  const resumed = file.path === '-' ? null : resumedPosition(options, file, await currentFingerprint(options, file));
  const source = new FileSource(options, file, await openInput(options, file, stdin));
  try {
    await source.start(resumed);
  } catch (error) {
    await source.close();
    throw error;
  }
  return source;
}

type ResumedPosition = { readonly offset: number; readonly line: number };

class FileSource implements Source {
  readonly arrivalClock = 'as-read';
  readonly progress?: () => number;
  readonly #options: SourceOptions;
  readonly #file: TextFile;
  readonly #builder: BatchBuilder;
  #input: ByteInput;
  readonly #isLive: boolean; // more may come later, so what is there is handed over
  readonly #pacing: Pacing;
  #decoder: Decoder | null = null; // null: the header has not come yet
  #fingerprint: Fingerprint;
  // Bytes read and not yet decoded are buffer[#start, #end); #offset is where #start stands in the input.
  #buffer = Buffer.alloc(CHUNK_BYTES);
  #start = 0;
  #end = 0;
  #offset = 0;
  #isAtEnd = false;
  #isReplaced = false; // another file has taken the followed one's place
  #isClosed = false;
  #failure: unknown = null; // of the input; nothing follows
  #resumeAt = { offset: 0, line: 0 }; // the last place between events

  constructor(options: SourceOptions, file: TextFile, input: ByteInput) {
    this.#options = options;
    this.#file = file;
    this.#builder = options.builder;
    this.#input = input;
    this.#isLive = options.isFollowed || file.path === '-';
    this.#fingerprint = file.fingerprint;
    this.#pacing = new Pacing({ speed: options.speed, leapUs: options.source.futureUs ?? DAY_US });
    if (!this.#isLive) this.progress = () => this.#input.progress();
  }

  /** Reads the header, so that wrong columns are told when the source is opened; live input may have none yet. */
  async start(resumed: ResumedPosition | null): Promise<void> {
    if (this.#file.path === '-') return; // reading would wait
    const { signal } = new AbortController();
    while (!this.#findDecoder() && !(this.#isLive && this.#isAtEnd)) await this.#fill(signal);
    if (resumed !== null && this.#decoder !== null && resumed.offset > this.#offset)
      await this.#moveTo(resumed, signal);
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const builder = this.#builder;
    builder.limit({ maxEvents, untilUs: this.#pacing.untilUs() });
    if (this.#options.source.time === null) builder.arrivalUs = Math.max(this.#options.nowUs(), builder.arrivalUs ?? 0);
    for (;;) {
      if (this.#findDecoder()) this.#decode();
      if (builder.size > 0 && (!builder.hasRoom || this.#isLive)) return this.#deliver(signal);
      if (signal.aborted) return this.#deliver(signal);
      if (this.#failure !== null) {
        if (builder.size > 0) return this.#deliver(signal); // what came before it counts
        throw this.#failure;
      }
      if (this.#isAtEnd && !(await this.#isContinued(signal))) {
        return builder.size > 0 ? this.#deliver(signal) : { kind: 'end', position: this.#position() };
      }
      await this.#fill(signal).catch(error => {
        this.#failure = error;
      });
    }
  }

  async acknowledge(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#input.close();
  }

  async #deliver(signal: AbortSignal): Promise<SourceRead> {
    const timeUs = this.#builder.lastTimeUs;
    const batch = this.#builder.build();
    if (batch.length > 0) await this.#pacing.wait(timeUs, signal);
    return { kind: 'batch', batch, position: this.#position() };
  }

  #position(): Position {
    const { offset, line } = this.#resumeAt;
    return this.#file.path === '-' ? { offset, line } : { offset, line, ...this.#fingerprint };
  }

  /** True once the header is known. */
  #findDecoder(): boolean {
    if (this.#decoder !== null) return true;
    const { format } = this.#file;
    // Of a byte order mark all three bytes must be there.
    if (this.#end - this.#start < 3 && !this.#isLast) return false;
    const found = this.#named(() =>
      createDecoder({
        format,
        builder: this.#builder,
        bytes: this.#buffer,
        from: this.#start,
        to: this.#end,
        isLast: this.#isLast,
      }),
    );
    if (found === null) return false;
    this.#decoder = found.decoder;
    this.#advanceTo(found.at);
    return true;
  }

  /** Of several files the message says which one. */
  #named<T>(begin: () => T): T {
    try {
      return begin();
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      const name = this.#file.path === '-' ? 'standard input' : JSON.stringify(this.#options.source.address);
      const { code, message, hint, domain, retry } = error;
      const rest = { domain, retry, cause: error, ...(hint === undefined ? {} : { hint }) };
      throw new MillraceError(code, `${name}: ${message}`, rest);
    }
  }

  #decode(): void {
    const decoder = this.#decoder!;
    for (;;) {
      const at = decoder.decode(this.#buffer, this.#start, this.#end, this.#isLast);
      const isMoved = at > this.#start || !decoder.isBetweenEvents;
      this.#advanceTo(at);
      if (!isMoved || at === this.#end || !this.#builder.hasRoom) return;
    }
  }

  #advanceTo(at: number): void {
    this.#offset += at - this.#start;
    this.#start = at;
    if (this.#decoder!.isBetweenEvents) this.#resumeAt = { offset: this.#offset, line: this.#decoder!.line };
  }

  /** Whether what is in the buffer is all there will ever be of this file. */
  get #isLast(): boolean {
    return this.#isAtEnd && (!this.#options.isFollowed || this.#isReplaced);
  }

  async #fill(signal: AbortSignal): Promise<void> {
    this.#makeRoom();
    const bytes = await this.#readInput(signal);
    if (bytes >= 0) this.#isAtEnd = bytes === 0;
    if (bytes > 0) this.#end += bytes;
  }

  async #readInput(signal: AbortSignal): Promise<number> {
    const { compression, path } = this.#file;
    const { address } = this.#options.source;
    try {
      return await this.#input.read(this.#buffer, this.#end, signal);
    } catch (error) {
      throw compression === null ? await readError(error, path, address) : unpackError(error, { address, compression });
    }
  }

  /** Doubles the buffer where one event fills it; a decoder lets none grow beyond its bound (16 MB). */
  #makeRoom(): void {
    const left = this.#end - this.#start;
    const buffer = left * 2 > this.#buffer.length ? Buffer.alloc(this.#buffer.length * 2) : this.#buffer;
    this.#buffer.copy(buffer, 0, this.#start, this.#end);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = left;
  }

  async #moveTo({ offset, line }: ResumedPosition, signal: AbortSignal): Promise<void> {
    if (this.#input instanceof FileInput) {
      this.#input.seek(offset);
      this.#start = 0;
      this.#end = 0;
      this.#offset = offset;
    }
    while (this.#offset < offset && !this.#isAtEnd) {
      const skipped = Math.min(offset - this.#offset, this.#end - this.#start);
      this.#offset += skipped;
      this.#start += skipped;
      if (this.#offset < offset) await this.#fill(signal);
    }
    this.#isAtEnd = false;
    this.#decoder!.line = line;
    this.#resumeAt = { offset, line };
  }

  /** At the end of what is there: whether there will be more. Of a followed file, waits for it. */
  async #isContinued(signal: AbortSignal): Promise<boolean> {
    const input = this.#input;
    if (!this.#options.isFollowed || !(input instanceof FileInput)) return false;
    if (this.#isReplaced) {
      await this.#openReplacement();
      return true;
    }
    await delay(POLL_MS, undefined, { signal }).catch(() => {}); // aborted: read() returns
    const [old, present] = [await input.stat(), await stat(this.#file.path).catch(() => null)];
    if (old.isCut || !(await this.#isSameFile(input))) {
      input.seek(0);
      await this.#restart();
    } else if (present !== null && (present.ino !== old.ino || present.dev !== old.dev)) {
      if (this.#decoder === null) await this.#openReplacement();
      else this.#isReplaced = true; // once more to the end of the old file, then the new one
    }
    return true;
  }

  /** A file that was cut and has grown again shows by its first bytes. */
  async #isSameFile(input: FileInput): Promise<boolean> {
    const head = await input.head(FINGERPRINT_BYTES);
    if (fingerprintOf(head.subarray(0, this.#fingerprint.headBytes)).head !== this.#fingerprint.head) return false;
    this.#fingerprint = fingerprintOf(head); // it may be longer now
    return true;
  }

  async #openReplacement(): Promise<void> {
    const { path } = this.#file;
    const input = await FileInput.open(path, 0).catch(async error => {
      throw await readError(error, path, this.#options.source.address);
    });
    await this.#input.close();
    this.#input = input;
    this.#isReplaced = false;
    await this.#restart();
  }

  /** The file begins anew, with a header of its own. */
  async #restart(): Promise<void> {
    const { bytes } = await readStart(this.#file.path, this.#options.source.address);
    this.#fingerprint = fingerprintOf(bytes);
    this.#decoder = null;
    this.#start = 0;
    this.#end = 0;
    this.#offset = 0;
    this.#isAtEnd = false;
    this.#resumeAt = { offset: 0, line: 0 };
  }
}

/** Its bytes from the beginning, unpacked. */
export async function openInput(
  options: Pick<SourceOptions, 'source'>,
  file: InspectedFile,
  stdin: Readable,
): Promise<ByteInput> {
  const { path, compression, sizeBytes } = file;
  if (path === '-') return StreamInput.standardInput(stdin);
  if (compression !== null) return StreamInput.decompressed(path, { compression, sizeBytes });
  return FileInput.open(path, 0).catch(async error => {
    throw await readError(error, path, options.source.address);
  });
}

/** Where to read on. A followed file that was replaced since is read from its beginning; of a finite one it is an error. */
export function resumedPosition(
  { position, isFollowed, source }: SourceOptions,
  file: Pick<InspectedFile, 'compression' | 'sizeBytes'>,
  fingerprint: Fingerprint,
): ResumedPosition | null {
  if (position === null) return null;
  const offset = Number(position.offset);
  const isSame =
    position.head === fingerprint.head &&
    position.headBytes === fingerprint.headBytes &&
    (file.compression !== null || offset <= file.sizeBytes);
  if (isSame) return { offset, line: Number(position.line) };
  if (isFollowed) return null;
  throw new MillraceError(
    'MR5010',
    `${JSON.stringify(source.address)} is not the file that was being read: its beginning or size has changed`,
    {
      hint: 'put the file back, or start without the kept state',
    },
  );
}

/** Of as many bytes as the position's: the file may have grown since. */
async function currentFingerprint({ position, source }: SourceOptions, file: TextFile): Promise<Fingerprint> {
  const { bytes } = await readStart(file.path, source.address);
  return fingerprintOf(bytes.subarray(0, Number(position?.headBytes ?? bytes.length)));
}

const CHUNK_BYTES = 256 * 1024;
const POLL_MS = 100;
const DAY_US = 86_400_000_000;
