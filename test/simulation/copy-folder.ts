import { join } from 'node:path';
import type { Disk } from '../../engine/disk.ts';

/** Copies the files of a folder, and of the folders in it, to another disk. */
export async function copyFolder(from: Disk, to: Disk, folder: string): Promise<void> {
  await to.makeFolder(folder);
  for (const name of await from.list(folder)) {
    const path = join(folder, name);
    const bytes = await contentOf(from, path);
    if (bytes === null) {
      await copyFolder(from, to, path);
    } else {
      const copy = await to.open(path, 'create');
      await copy.write(bytes, 0);
    }
  }
}

/** Null: it is a folder. */
export async function contentOf(disk: Disk, path: string): Promise<Buffer | null> {
  try {
    const file = await disk.open(path, 'read');
    const bytes = Buffer.alloc(await file.size());
    await file.read(bytes, 0);
    return bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return null;
    throw error;
  }
}
