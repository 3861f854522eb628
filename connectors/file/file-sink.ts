import { basename, dirname, resolve } from 'node:path';
import type { Position, Sink, SinkInput, SinkOptions } from '../../engine/connector.ts';
import type { Disk, DiskFile } from '../../engine/disk.ts';
import { MillraceError } from '../../engine/errors.ts';
import { csvHeader, csvLines } from '../codecs/output-csv.ts';
import { outputLines } from '../codecs/output-lines.ts';

/**
 * Appends lines to a file: NDJSON, or CSV where the address ends in `.csv`. With state each row is in the file once: a
 * checkpoint holds how long the file was, and what was written behind that comes again.
 *
 * Errors: MR5012 it cannot be written · MR5018 it is not the file of the checkpoint.
 */
export async function openFileSink(disk: Disk, { target, position }: SinkOptions): Promise<Sink> {
  const { address, directory } = target;
  if (address === null) {
    throw new MillraceError('MR5012', 'a route to a file names no file', { hint: 'write `to file "alerts.ndjson"`' });
  }
  const path = resolve(directory, address);
  try {
    const isThere = (await disk.list(dirname(path))).includes(basename(path));
    if (position !== null && !isThere) throw otherFile(address, 'it is not there');
    const file = await disk.open(path, 'write');
    try {
      // A name is durable only so; one that is there may be of a run that did not come to it.
      if (position === null) await disk.syncFolder(dirname(path));
      const [sizeBytes, identity] = [await file.size(), await file.identity()];
      if (position === null) return new FileSink(file, { address, identity, sizeBytes });
      const keptBytes = Number(position['bytes']);
      if (position['identity'] !== identity) throw otherFile(address, 'another file has taken its place');
      if (keptBytes > sizeBytes) throw otherFile(address, `it holds ${sizeBytes} bytes of ${keptBytes}`);
      if (keptBytes < sizeBytes) await file.truncate(keptBytes);
      return new FileSink(file, { address, identity, sizeBytes: keptBytes });
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    throw writeError(error, address);
  }
}

class FileSink implements Sink {
  readonly maxInFlight = 1;
  readonly #file: DiskFile;
  readonly #address: string;
  readonly #identity: string;
  readonly #isCsv: boolean;
  #sizeBytes: number;
  #isKept: boolean | null = null; // false of pipes and devices, which have no way back; null: nothing written yet
  #isSynced = true;
  #syncFailure: MillraceError | null = null;
  #isClosed = false;

  constructor(
    file: DiskFile,
    options: { readonly address: string; readonly identity: string; readonly sizeBytes: number },
  ) {
    this.#file = file;
    this.#address = options.address;
    this.#identity = options.identity;
    this.#isCsv = options.address.toLowerCase().endsWith('.csv');
    this.#sizeBytes = options.sizeBytes;
  }

  /** Resolves when the operating system has the lines; `position` and `close` make them durable. */
  async write(input: SinkInput): Promise<void> {
    if (this.#syncFailure !== null) throw this.#syncFailure;
    const text = this.#isCsv ? await this.#csvText(input) : outputLines(input);
    if (text === '') return;
    const bytes = Buffer.from(text);
    this.#isSynced = false;
    try {
      await this.#file.write(bytes, this.#sizeBytes);
    } catch (error) {
      await this.#file.truncate(this.#sizeBytes).catch(() => {}); // the write is repeated at the same place anyway
      throw writeError(error, this.#address);
    }
    this.#sizeBytes += bytes.length;
    this.#isKept ??= (await this.#sizeNow()) >= this.#sizeBytes;
  }

  async position(): Promise<Position | null> {
    await this.#sync();
    if (this.#isKept === false) return null;
    return { bytes: this.#sizeBytes, identity: this.#identity };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#sync();
    } finally {
      await this.#file.close();
    }
  }

  /**
   * After a failure the disk may have dropped lines, and takes what is left for synced the next time: nothing can be
   * said of this file any more, and a run that starts from the last checkpoint writes the lines again.
   */
  async #sync(): Promise<void> {
    if (this.#syncFailure !== null) throw this.#syncFailure;
    if (this.#isSynced) return;
    try {
      await this.#file.sync();
    } catch (error) {
      this.#syncFailure = syncError(error, this.#address);
      throw this.#syncFailure;
    }
    this.#isSynced = true;
  }

  async #sizeNow(): Promise<number> {
    try {
      return await this.#file.size();
    } catch (error) {
      throw writeError(error, this.#address);
    }
  }

  async #csvText(input: SinkInput): Promise<string> {
    const header = csvHeader(input);
    if (this.#sizeBytes === 0) return header + csvLines(input);
    const start = Buffer.alloc(Buffer.byteLength(header));
    await this.#file.read(start, 0).catch(error => {
      throw writeError(error, this.#address);
    });
    if (start.toString() === header) return csvLines(input);
    throw new MillraceError('MR5017', `${JSON.stringify(this.#address)} holds other columns than ${header.trim()}`, {
      hint: 'name another file, or put this one away: lines are only appended to',
    });
  }
}

function otherFile(address: string, what: string): MillraceError {
  return new MillraceError(
    'MR5018',
    `${JSON.stringify(address)} is not the file that the kept state goes on with: ${what}`,
    {
      hint: 'put that file back under its name; or begin a new file with a new state folder',
    },
  );
}

function syncError(error: unknown, address: string): MillraceError {
  const what = `${JSON.stringify(address)} could not be synced: ${(error as Error).message}`;
  return new MillraceError('MR5012', what, {
    hint: 'its last lines may be lost; a run with `--state` writes them again when it is started anew',
    domain: 'external',
    cause: error,
  });
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
