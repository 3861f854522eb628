import type { Disk } from '../../disk.ts';
import { assert } from '../../errors.ts';
import type { Snapshot } from '../../operator.ts';
import { SectionReader } from './section-reader.ts';
import { paddedBytes, SLICE_BYTES } from './section-writer.ts';
import { decodeHeader, HEADER_BYTES, type SnapshotHeader } from './snapshot-header.ts';
import { type SectionArray, snapshotOf } from './snapshot-structure.ts';
import {
  type ArrayType,
  type FileReference,
  type Section,
  SnapshotWriter,
  type StructureJson,
} from './snapshot-writer.ts';
import { damagedError, readingError, writingError } from './state-error.ts';

export type { FileReference } from './snapshot-writer.ts';

const ARRAYS = { f64: Float64Array, u32: Uint32Array, i32: Int32Array, u8: Uint8Array } as const satisfies {
  [Type in ArrayType]: unknown;
};

/**
 * Writes snapshots as a file and syncs it; its name is durable after the caller's `syncFolder`. Each is asked for when the
 * one before it is written, so that what is made bit by bit need never be there as a whole. A file that was there is
 * replaced in place, so a caller that must not lose it takes another name and renames. Nothing stays of a file that could
 * not be written.
 *
 * The file: a header of 40 bytes · one section per array, raw bytes padded to 8 · the structures of the snapshots as JSON,
 * with type, size and checksum (CRC-32, padding included) of each section. The header has the JSON's checksum and its own,
 * and is written last. Bytes are little-endian, as on every machine that Node's packages are made for.
 *
 * Cost: the event loop never waits for more than a MB. Errors: MR6002.
 */
export async function writeSnapshots(
  disk: Disk,
  path: string,
  snapshots: Iterable<Snapshot> | AsyncIterable<Snapshot>,
): Promise<FileReference> {
  try {
    const file = await disk.open(path, 'create');
    try {
      const writer = new SnapshotWriter(file);
      for await (const snapshot of snapshots) await writer.append(snapshot);
      const reference = await writer.finish();
      await file.sync();
      return reference;
    } catch (error) {
      await disk.remove(path).catch(() => undefined); // gives its room back; what is told is the first error
      throw error;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw writingError(path, error);
  }
}

/** The same with a single one. */
export async function writeSnapshotFile(disk: Disk, path: string, snapshot: Snapshot): Promise<FileReference> {
  return await writeSnapshots(disk, path, [snapshot]);
}

/**
 * The snapshots in a file. Every bit of the file is checked, and with a reference, that it is that very file.
 *
 * Errors: MR6003 damaged, cut or gone · MR6006 of a newer format · MR6002 it may not be read.
 */
export async function readSnapshots(disk: Disk, path: string, reference?: FileReference): Promise<Snapshot[]> {
  return await withChecked({ disk, path, reference }, async ({ reader, structures }) => {
    const arrays: SectionArray[] = [];
    let position = HEADER_BYTES;
    for (const { type, sizeBytes, checksum } of sectionsOf(structures)) {
      const bytes = new Uint8Array(paddedBytes(sizeBytes));
      const read = reader.readAtOnce(bytes, position) ?? (await reader.read(bytes, position));
      if (read !== checksum) throw damagedError(path, 'an array has another checksum');
      arrays.push(new ARRAYS[type](bytes.buffer, 0, sizeBytes / ARRAYS[type].BYTES_PER_ELEMENT));
      position += bytes.length;
    }
    let next = 0;
    return structures.map(({ root, sections }) => snapshotOf(root, arrays.slice(next, (next += sections.length))));
  });
}

/** The one of a file that has a single one. */
export async function readSnapshotFile(disk: Disk, path: string, reference?: FileReference): Promise<Snapshot> {
  const [snapshot, ...others] = await readSnapshots(disk, path, reference);
  if (snapshot === undefined || others.length > 0) throw damagedError(path, 'it is no file of one snapshot');
  return snapshot;
}

/** Checks a file as `readSnapshotFile` does, with the same errors, and without room for what is in it. */
export async function verifySnapshotFile(disk: Disk, path: string, reference: FileReference): Promise<void> {
  await withChecked({ disk, path, reference }, async ({ reader, structures }) => {
    const sections = sectionsOf(structures);
    const largestBytes = sections.reduce((most, section) => Math.max(most, paddedBytes(section.sizeBytes)), 0);
    const slice = new Uint8Array(Math.min(SLICE_BYTES, largestBytes));
    let position = HEADER_BYTES;
    for (const { sizeBytes, checksum } of sections) {
      const end = position + paddedBytes(sizeBytes);
      let found: number | undefined = 0;
      for (; position < end && found !== undefined; position += SLICE_BYTES) {
        found = await reader.read(slice.subarray(0, end - position), position, found);
      }
      if (found !== checksum) throw damagedError(path, 'an array has another checksum');
      position = end;
    }
  });
}

type Checked = { readonly reader: SectionReader; readonly structures: readonly StructureJson[] };

/** Opens a file, checks its header and its structures, and hands these on for the sections. */
async function withChecked<Result>(
  { disk, path, reference }: { disk: Disk; path: string; reference: FileReference | undefined },
  use: (checked: Checked) => Promise<Result>,
): Promise<Result> {
  try {
    const file = await disk.open(path, 'read');
    try {
      const fileBytes = await file.size();
      const reader = new SectionReader(file, fileBytes);
      const header = await readHeader(reader, { path, fileBytes, reference });
      return await use({ reader, structures: await readStructures(reader, header, path) });
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readingError(path, error);
  }
}

async function readHeader(
  reader: SectionReader,
  { path, fileBytes, reference }: { path: string; fileBytes: number; reference: FileReference | undefined },
): Promise<SnapshotHeader> {
  const bytes = new Uint8Array(HEADER_BYTES);
  if ((await reader.read(bytes, 0)) === undefined) throw damagedError(path, 'it is cut short');
  const header = decodeHeader(bytes, path);
  if (header.structurePosition + paddedBytes(header.structureBytes) !== fileBytes) {
    throw damagedError(path, `it has ${fileBytes} bytes, and should have others`);
  }
  if (reference !== undefined && (reference.bytes !== fileBytes || reference.checksum !== header.checksum)) {
    throw damagedError(path, 'it is not the file that the checkpoint names');
  }
  return header;
}

async function readStructures(reader: SectionReader, header: SnapshotHeader, path: string): Promise<StructureJson[]> {
  const bytes = new Uint8Array(paddedBytes(header.structureBytes));
  if ((await reader.read(bytes, header.structurePosition)) !== header.structureChecksum) {
    throw damagedError(path, 'its structure has another checksum');
  }
  const text = Buffer.from(bytes.buffer, 0, header.structureBytes).toString('utf8');
  const structures = JSON.parse(text) as StructureJson[]; // the checksum says that it is what SnapshotWriter wrote
  const endBytes = sectionsOf(structures).reduce((sum, section) => sum + paddedBytes(section.sizeBytes), HEADER_BYTES);
  assert(endBytes === header.structurePosition, `${path}: the sections end where the structure starts`);
  return structures;
}

function sectionsOf(structures: readonly StructureJson[]): Section[] {
  return structures.flatMap(structure => structure.sections);
}
