import { join } from 'node:path';
import { readManifest } from '../../engine/runtime/checkpoint/checkpoint-manifest.ts';
import { manifestPath, nameOf } from '../../engine/runtime/checkpoint/checkpoint-names.ts';
import { MillraceError } from '../../engine/errors.ts';
import { verifySnapshotFile } from '../../engine/runtime/checkpoint/snapshot-file.ts';
import type { FakeDisk } from './fake-disk.ts';

/**
 * Flips a bit of one file of the checkpoints, or cuts it, if a checkpoint that does not need it is whole. Returns the
 * file's path; null: there is none that may be damaged.
 */
export async function damageCheckpoint(disk: FakeDisk, folder: string, random: () => number): Promise<string | null> {
  const whole = await wholeCheckpoints(disk, folder);
  const files = (await disk.list(folder)).filter(name => nameOf(name) !== undefined).map(name => join(folder, name));
  const spare = files.filter(path => whole.some(ofOne => !ofOne.includes(path)));
  if (spare.length === 0) return null;
  const path = spare[Math.floor(random() * spare.length)]!;
  const file = await disk.open(path, 'write');
  const sizeBytes = await file.size();
  if (sizeBytes === 0) return null;
  if (random() < 0.5) {
    disk.flipBit(path);
  } else {
    await file.truncate(Math.floor(random() * sizeBytes));
    await file.sync();
  }
  return path;
}

/** The files of each checkpoint that can be restored. */
async function wholeCheckpoints(disk: FakeDisk, folder: string): Promise<string[][]> {
  const names = (await disk.list(folder)).map(nameOf);
  const ids = names.flatMap(name => (name?.kind === 'manifest' ? [name.id] : []));
  const whole: string[][] = [];
  for (const id of ids) {
    const path = manifestPath(folder, id);
    try {
      const { parts } = await readManifest(disk, { folder, path, id });
      for (const part of parts) await verifySnapshotFile(disk, part.path, part);
      whole.push([path, ...parts.map(part => part.path)]);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
    }
  }
  return whole;
}
