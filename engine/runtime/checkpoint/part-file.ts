import type { Disk } from '../../disk.ts';
import type { Snapshot } from '../../operator.ts';
import type { PartReference } from './checkpoint-store.ts';
import { readSnapshots, writeSnapshots } from './snapshot-file.ts';

/** Writes a part of a checkpoint, piece by piece as they come, and syncs it. */
export async function writePart(
  disk: Disk,
  path: string,
  pieces: Iterable<Snapshot> | AsyncIterable<Snapshot>,
): Promise<PartReference> {
  return { path, ...(await writeSnapshots(disk, path, pieces)) };
}

/** Reads its pieces back, and checks that it is the very one that was meant. */
export async function readPart(disk: Disk, part: PartReference): Promise<Snapshot[]> {
  return await readSnapshots(disk, part.path, part);
}
