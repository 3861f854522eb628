import type { Disk } from '../../../engine/disk.ts';

/** The bytes of a file, piece by piece. */
export async function* fileBytes(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  const file = await disk.open(path, 'read');
  try {
    const sizeBytes = await file.size();
    for (let position = 0; position < sizeBytes; ) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, sizeBytes - position));
      const bytes = await file.read(piece, position);
      if (bytes === 0) return; // it has become shorter
      yield piece.subarray(0, bytes);
      position += bytes;
    }
  } finally {
    await file.close();
  }
}

const PIECE_BYTES = 512 * 1024;
