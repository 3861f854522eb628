import { crc32 } from 'node:zlib';
import type { Disk, DiskFile } from '../../engine/disk.ts';
import type { JournalFolder } from './journal-folder.ts';

/** A place in a journal, as the files `synced` and `acknowledged-<stream>` say it: everything before is. */
export type JournalMark = { readonly createdUs: number; readonly sequence: number };

const MARK_BYTES = 24;
const FORMAT_VERSION = 1;

/** Undefined where there is none, or it is damaged or being written: whoever reads it goes by an older one. */
export async function readMark(disk: Disk, path: string): Promise<JournalMark | undefined> {
  let file: DiskFile;
  try {
    file = await disk.open(path, 'read');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(MARK_BYTES);
    return (await file.read(bytes, 0)) === MARK_BYTES ? decodeMark(bytes) : undefined;
  } finally {
    await file.close();
  }
}

/** Replaces it as a whole: after a crash there is the old one or the new one. */
export async function replaceMark(disk: Disk, path: string, mark: JournalMark): Promise<void> {
  const file = await disk.open(`${path}.new`, 'create');
  try {
    await file.write(encodeMark(mark), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(`${path}.new`, path);
}

/**
 * Says up to where a journal is synced. Not synced itself: after a power cut it says less than is true, and the next
 * recovery puts it right.
 */
export async function writeSynced({ disk, syncedPath }: JournalFolder, mark: JournalMark): Promise<void> {
  const file = await disk.open(syncedPath, 'write');
  try {
    await file.write(encodeMark(mark), 0);
  } finally {
    await file.close();
  }
}

function encodeMark({ createdUs, sequence }: JournalMark): Buffer {
  const bytes = Buffer.alloc(MARK_BYTES);
  bytes.writeUInt32LE(FORMAT_VERSION, 4);
  bytes.writeDoubleLE(createdUs, 8);
  bytes.writeDoubleLE(sequence, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

function decodeMark(bytes: Buffer): JournalMark | undefined {
  if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4)) || bytes.readUInt32LE(4) !== FORMAT_VERSION) return undefined;
  return { createdUs: bytes.readDoubleLE(8), sequence: bytes.readDoubleLE(16) };
}
