import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Disk, DiskFile } from '../disk.ts';

const FLAGS = { read: 'r', write: constants.O_RDWR | constants.O_CREAT, create: 'w+' } as const;

/** One call of the operating system takes less than 2 GiB. */
const MAX_CALL_BYTES = 2 ** 30;

/** The files of this machine. */
export class NodeDisk implements Disk {
  async list(folder: string): Promise<string[]> {
    try {
      return (await readdir(folder)).sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** Level by level: Node's recursive mkdir never returns in /proc. */
  async makeFolder(folder: string): Promise<void> {
    if (await isFolder(folder)) return;
    const parent = dirname(folder);
    if (parent !== folder) await this.makeFolder(parent);
    try {
      await mkdir(folder);
    } catch (error) {
      if (codeOf(error) === 'EEXIST' && (await isFolder(folder))) return; // another one was faster
      throw error;
    }
    await this.syncFolder(parent);
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    const handle = await open(path, FLAGS[mode]);
    try {
      const stats = await handle.stat();
      return new NodeFile(handle, stats.isFile() || stats.isBlockDevice());
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(from, to);
  }

  async remove(path: string): Promise<void> {
    try {
      await unlink(path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  async syncFolder(folder: string): Promise<void> {
    if (process.platform === 'win32') return; // cannot be asked for there; NTFS has a journal of names
    const handle = await open(folder, 'r');
    try {
      await withoutEinval(() => handle.sync());
    } finally {
      await handle.close();
    }
  }
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;
  readonly #hasPositions: boolean; // pipes, terminals and the like take bytes one after the other

  constructor(handle: FileHandle, hasPositions: boolean) {
    this.#handle = handle;
    this.#hasPositions = hasPositions;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const length = Math.min(into.length - done, MAX_CALL_BYTES);
      const { bytesRead } = await this.#handle.read(into, done, length, this.#place(position + done));
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(bytes.length - done, MAX_CALL_BYTES);
      done += (await this.#handle.write(bytes, done, length, this.#place(position + done))).bytesWritten;
    }
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
  }

  /** Devices and pipes have nothing to sync, and say EINVAL. */
  async sync(): Promise<void> {
    await withoutEinval(() => this.#handle.datasync());
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** The number of a removed file is given out again at once: the time of birth tells the two apart. */
  async identity(): Promise<string> {
    const { dev, ino, birthtimeNs } = await this.#handle.stat({ bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #place(position: number): number | null {
    return this.#hasPositions ? position : null;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function withoutEinval(sync: () => Promise<void>): Promise<void> {
  try {
    await sync();
  } catch (error) {
    if (codeOf(error) !== 'EINVAL') throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
