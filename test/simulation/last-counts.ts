import type { Disk } from '../../engine/disk.ts';
import { Checkpointer } from '../../engine/runtime/checkpoint/checkpointer.ts';
import type { Counts } from '../../engine/runtime/delivery.ts';

/** What the last checkpoint says of all lives together. */
export async function lastCounts(disk: Disk, folder: string): Promise<Counts> {
  const latest = await (await Checkpointer.open(disk, folder)).latest();
  if (latest === undefined) throw new Error('a run with state leaves a checkpoint');
  return latest.content.counts;
}
