import { basename, join } from 'node:path';
import type { Disk } from '../../disk.ts';
import type { Snapshot, SnapshotValue } from '../../operator.ts';
import { type FileReference, readSnapshotFile } from './snapshot-file.ts';
import { damagedError } from './state-error.ts';

/** A part file of a checkpoint, as its writer got the reference. */
export type PartReference = FileReference & { readonly path: string };

export type Manifest = {
  readonly id: number;
  readonly content: Snapshot;
  /** Oldest first. */
  readonly parts: readonly PartReference[];
};

/** Parts by their name only: the folder may be moved. */
export function encodeManifest({ id, content, parts }: Manifest): Snapshot {
  return {
    id,
    content,
    parts: {
      names: parts.map(part => basename(part.path)),
      bytes: Float64Array.from(parts, part => part.bytes),
      checksums: Uint32Array.from(parts, part => part.checksum),
    },
  };
}

/** Errors: as `readSnapshotFile`. */
export async function readManifest(
  disk: Disk,
  { folder, path, id }: { folder: string; path: string; id: number },
): Promise<Manifest> {
  const { id: storedId, content, parts } = await readSnapshotFile(disk, path);
  if (storedId !== id || !isSnapshot(content) || !isSnapshot(parts)) {
    throw damagedError(path, `it is not the checkpoint ${id}`);
  }
  const { names, bytes, checksums } = parts;
  if (!Array.isArray(names) || !(bytes instanceof Float64Array) || !(checksums instanceof Uint32Array)) {
    throw damagedError(path, 'it has no list of parts');
  }
  return {
    id,
    content,
    parts: names.map((name, i) => ({
      path: join(folder, String(name)),
      bytes: bytes[i]!,
      checksum: checksums[i]!,
    })),
  };
}

function isSnapshot(value: SnapshotValue | undefined): value is Snapshot {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
