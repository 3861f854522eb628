import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { MillraceError } from '../errors.ts';
import { StateLock } from './state-lock.ts';

const MAGIC = Buffer.from('millrace-state-1\n');
const HASH_BYTES = 32;

/**
 * The folder that `--state` names: one checkpoint and the one before it. Writing is atomic: to a new file, synced,
 * renamed; a file that does not match its checksum is passed over for the one before.
 *
 * Errors: MR6002 the folder cannot be written · MR6003 neither checkpoint can be read · MR6004 another run has it.
 */
export class StateDirectory {
  readonly #current: string;
  readonly #previous: string;
  readonly #directory: string;
  readonly #lock: StateLock;

  constructor(directory: string) {
    this.#directory = directory;
    this.#current = join(directory, 'checkpoint');
    this.#previous = join(directory, 'checkpoint.previous');
    wrap(directory, () => makeFolder(directory));
    this.#lock = new StateLock(directory);
  }

  /** Lets the next run in. */
  close(): void {
    this.#lock.release();
  }

  /** The last good checkpoint; undefined where there is none yet. */
  read(): unknown {
    const files = [this.#current, this.#previous].filter(file => existsSync(file));
    if (files.length === 0) return undefined;
    for (const file of files) {
      const body = checkedBody(readFileSync(file));
      if (body !== undefined) return deserialize(body);
    }
    throw new MillraceError('MR6003', `the checkpoint in ${this.#directory} is damaged`, {
      hint: 'restore the folder from a copy, or remove it to start empty',
      domain: 'external',
    });
  }

  write(checkpoint: unknown): void {
    const body = serialize(checkpoint);
    const temporary = `${this.#current}.new`;
    wrap(this.#directory, () => {
      const file = openSync(temporary, 'w');
      try {
        for (const part of [MAGIC, hashOf(body), body]) writeWhole(file, part);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      if (existsSync(this.#current)) renameSync(this.#current, this.#previous);
      renameSync(temporary, this.#current);
      syncDirectory(this.#directory);
    });
  }
}

/** Not recursive where its parent is there: Node's recursive mkdir never returns in /proc. */
function makeFolder(directory: string): void {
  if (existsSync(directory) && statSync(directory).isDirectory()) return;
  mkdirSync(directory, { recursive: !existsSync(dirname(directory)) });
}

function checkedBody(bytes: Buffer): Buffer | undefined {
  const start = MAGIC.length + HASH_BYTES;
  if (bytes.length < start || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const body = bytes.subarray(start);
  return hashOf(body).equals(bytes.subarray(MAGIC.length, start)) ? body : undefined;
}

function hashOf(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest();
}

function writeWhole(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/** A rename is on disk only when its directory is. */
function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function wrap(directory: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new MillraceError('MR6002', `the state folder ${directory} cannot be written: ${(cause as Error).message}`, {
      hint: 'give --state a folder that you may write to, on a disk with room',
      domain: 'external',
      cause,
    });
  }
}
