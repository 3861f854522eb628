import type { Disk } from '../../disk.ts';
import type { Snapshot } from '../../operator.ts';
import type { PartReference } from './checkpoint-store.ts';
import { readSnapshotFile, writeSnapshotFile } from './snapshot-file.ts';

/** Writes a part of a checkpoint and syncs it. */
export async function writePart(disk: Disk, path: string, content: Snapshot): Promise<PartReference> {
  return { path, ...(await writeSnapshotFile(disk, path, content)) };
}

/** Reads it back, and checks that it is the very one that was meant. */
export async function readPart(disk: Disk, part: PartReference): Promise<Snapshot> {
  return await readSnapshotFile(disk, part.path, part);
}
