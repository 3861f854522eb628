import type { Plan } from '../../../dsl/plan.ts';
import type { Disk } from '../../disk.ts';
import { MillraceError } from '../../errors.ts';
import { readManifest } from './checkpoint-manifest.ts';
import { manifestPath, nameOf } from './checkpoint-names.ts';
import { readingError } from './state-error.ts';

/**
 * The plan that the newest checkpoint of a state folder is of; null where there is none. It only reads manifests, so the
 * folder may be in use, and damage to a part of the state is not seen here.
 *
 * Errors: MR6002 the folder cannot be read · MR6003 no manifest is whole · MR6006 the newest is of a newer format.
 */
export async function readStoredPlan(disk: Disk, folder: string): Promise<Plan | null> {
  let damage: MillraceError | undefined;
  for (const id of await manifestIds(disk, folder)) {
    try {
      const { content } = await readManifest(disk, { folder, path: manifestPath(folder, id), id });
      return planOf(content['plan']);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'MR6003') throw error;
      damage ??= error;
    }
  }
  if (damage !== undefined) throw damage;
  return null;
}

/** Of a manifest: the checksum says that it is what the checkpointer wrote. */
export function planOf(text: unknown): Plan {
  return JSON.parse(text as string) as Plan; // as: see above
}

/** Newest first. */
async function manifestIds(disk: Disk, folder: string): Promise<number[]> {
  try {
    const names = (await disk.list(folder)).map(nameOf);
    return names.flatMap(name => (name?.kind === 'manifest' ? [name.id] : [])).sort((a, b) => b - a);
  } catch (error) {
    throw readingError(folder, error);
  }
}
