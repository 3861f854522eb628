import { fdatasyncSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Position, Sink, SinkInput, SinkOptions } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { csvHeader, csvLines } from '../codecs/output-csv.ts';
import { outputLines } from '../codecs/output-lines.ts';

/** Appends lines to a file: NDJSON, or CSV where the address ends in `.csv`. */
export async function openFileSink({ target, position }: SinkOptions): Promise<Sink> {
  const { address, directory } = target;
  if (address === null) {
    throw new MillraceError('MR5012', 'a route to a file names no file', { hint: 'write `to file "alerts.ndjson"`' });
  }
  const path = resolve(directory, address);
  try {
    const file = await open(path, 'a+').then(async created => {
      await created.close();
      return open(path, 'r+'); // unlike `a`, writes where it is told to
    });
    const { size, ino } = await file.stat();
    // What a crashed run wrote behind its last checkpoint comes again. Another file (rotated since) is left as it is.
    const isSame = position !== null && position.inode === ino && Number(position.bytes) <= size;
    const sizeBytes = isSame ? Number(position.bytes) : size;
    if (sizeBytes < size) await file.truncate(sizeBytes);
    return new FileSink(file, { address, inode: ino, sizeBytes });
  } catch (error) {
    throw writeError(error, address);
  }
}

class FileSink implements Sink {
  readonly maxInFlight = 1;
  readonly #file: FileHandle;
  readonly #address: string;
  readonly #inode: number;
  readonly #isCsv: boolean;
  #sizeBytes: number;
  #isSynced = true;
  #isClosed = false;

  constructor(
    file: FileHandle,
    options: { readonly address: string; readonly inode: number; readonly sizeBytes: number },
  ) {
    this.#file = file;
    this.#address = options.address;
    this.#inode = options.inode;
    this.#isCsv = options.address.toLowerCase().endsWith('.csv');
    this.#sizeBytes = options.sizeBytes;
  }

  /** Resolves when the operating system has the lines; `position` and `close` make them durable. */
  async write(input: SinkInput): Promise<void> {
    const text = this.#isCsv ? await this.#csvText(input) : outputLines(input);
    if (text === '') return;
    const bytes = Buffer.from(text);
    this.#isSynced = false;
    try {
      let written = 0;
      while (written < bytes.length) {
        const { bytesWritten } = await this.#file.write(
          bytes,
          written,
          bytes.length - written,
          this.#sizeBytes + written,
        );
        written += bytesWritten;
      }
    } catch (error) {
      await this.#file.truncate(this.#sizeBytes).catch(() => {}); // the write is repeated at the same place anyway
      throw writeError(error, this.#address);
    }
    this.#sizeBytes += bytes.length;
  }

  /** Durable up to here: it goes into a checkpoint. */
  position(): Position {
    if (!this.#isSynced) fdatasyncSync(this.#file.fd);
    this.#isSynced = true;
    return { bytes: this.#sizeBytes, inode: this.#inode };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#file.sync().catch(ignoreDevice);
    await this.#file.close();
  }

  async #csvText(input: SinkInput): Promise<string> {
    const header = csvHeader(input);
    if (this.#sizeBytes === 0) return header + csvLines(input);
    const start = Buffer.alloc(Buffer.byteLength(header));
    await this.#file.read(start, 0, start.length, 0);
    if (start.toString() === header) return csvLines(input);
    throw new MillraceError('MR5017', `${JSON.stringify(this.#address)} holds other columns than ${header.trim()}`, {
      hint: 'name another file, or put this one away: lines are only appended to',
    });
  }
}

/** Devices and pipes take no sync. */
function ignoreDevice(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EINVAL') throw error;
}

function writeError(error: unknown, address: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const hints: Readonly<Record<string, string>> = {
    ENOENT: 'make its folder first',
    EISDIR: 'it is a folder: name a file in it',
    EACCES: 'give this user permission to write there',
    ENOSPC: 'the disk is full: make room, writing goes on then',
  };
  const hint = hints[code ?? ''];
  return new MillraceError('MR5012', `${JSON.stringify(address)} cannot be written: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
    domain: isFull ? 'external' : 'user',
    retry: isFull ? 'backoff' : 'never',
  });
}
