import type { Disk, DiskFile } from '../../disk.ts';
import { assert } from '../../errors.ts';
import type { Snapshot } from '../../operator.ts';
import { SectionReader } from './section-reader.ts';
import { paddedBytes, SectionWriter, SLICE_BYTES, type WrittenSection } from './section-writer.ts';
import { decodeHeader, encodeHeader, HEADER_BYTES, type SnapshotHeader } from './snapshot-header.ts';
import { type Json, type SectionArray, type SectionContent, snapshotOf, structureOf } from './snapshot-structure.ts';
import { damagedError, readingError, writingError } from './state-error.ts';
import { writeTexts } from './text-list.ts';

/** What another file says of this one, to know it again: its size, and its header's checksum, which covers all others. */
export type FileReference = { readonly bytes: number; readonly checksum: number };

const ARRAYS = { f64: Float64Array, u32: Uint32Array, i32: Int32Array, u8: Uint8Array } as const;
type ArrayType = keyof typeof ARRAYS;

type Section = WrittenSection & { readonly type: ArrayType };
type StructureJson = { readonly root: Json; readonly sections: readonly Section[] };

/**
 * Writes a snapshot as a file and syncs it; its name is durable after the caller's `syncFolder`. A file that was there
 * is replaced in place, so a caller that must not lose it takes another name and renames. Nothing stays of a file that
 * could not be written.
 *
 * The file: a header of 40 bytes · one section per array, raw bytes padded to 8 · the structure as JSON, with type, size
 * and checksum (CRC-32, padding included) of each section. The header has the structure's checksum and its own, and is
 * written last. Bytes are little-endian, as on every machine that Node's packages are made for.
 *
 * Cost: arrays are not copied, and the event loop never waits for more than a few MB. Errors: MR6002.
 */
export async function writeSnapshotFile(disk: Disk, path: string, snapshot: Snapshot): Promise<FileReference> {
  try {
    const file = await disk.open(path, 'create');
    try {
      const reference = await writeSnapshot(file, snapshot);
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

/**
 * The snapshot in a file. Every bit of the file is checked, and with a reference, that it is that very file.
 *
 * Errors: MR6003 damaged, cut or gone · MR6006 of a newer format · MR6002 it may not be read.
 */
export async function readSnapshotFile(disk: Disk, path: string, reference?: FileReference): Promise<Snapshot> {
  return await withChecked({ disk, path, reference }, async ({ reader, structure }) => {
    const arrays: SectionArray[] = [];
    let position = HEADER_BYTES;
    for (const { type, sizeBytes, checksum } of structure.sections) {
      const bytes = new Uint8Array(paddedBytes(sizeBytes));
      if ((await reader.read(bytes, position)) !== checksum) throw damagedError(path, 'an array has another checksum');
      arrays.push(new ARRAYS[type](bytes.buffer, 0, sizeBytes / ARRAYS[type].BYTES_PER_ELEMENT));
      position += bytes.length;
    }
    return snapshotOf(structure.root, arrays);
  });
}

/** Checks a file as `readSnapshotFile` does, with the same errors, and without room for what is in it. */
export async function verifySnapshotFile(disk: Disk, path: string, reference: FileReference): Promise<void> {
  await withChecked({ disk, path, reference }, async ({ reader, structure }) => {
    const largestBytes = structure.sections.reduce(
      (most, section) => Math.max(most, paddedBytes(section.sizeBytes)),
      0,
    );
    const slice = new Uint8Array(Math.min(SLICE_BYTES, largestBytes));
    let position = HEADER_BYTES;
    for (const { sizeBytes, checksum } of structure.sections) {
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

async function writeSnapshot(file: DiskFile, snapshot: Snapshot): Promise<FileReference> {
  const { root, sections: contents } = structureOf(snapshot);
  const writer = new SectionWriter(file, HEADER_BYTES);
  const sections: Section[] = [];
  for (const content of contents) {
    await appendContent(writer, content);
    sections.push({ type: typeOf(content), ...(await writer.endSection()) });
  }
  const structurePosition = writer.position;
  await writer.append(Buffer.from(JSON.stringify({ root, sections } satisfies StructureJson)));
  const { sizeBytes: structureBytes, checksum: structureChecksum } = await writer.endSection();
  await writer.flush();
  const header = encodeHeader({ structurePosition, structureBytes, structureChecksum });
  await file.write(header.bytes, 0);
  return { bytes: writer.position, checksum: header.checksum };
}

async function appendContent(writer: SectionWriter, content: SectionContent): Promise<void> {
  if ('texts' in content) await writeTexts(content, bytes => writer.append(bytes));
  else await writer.append(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
}

function typeOf(content: SectionContent): ArrayType {
  if (content instanceof Float64Array) return 'f64';
  if (content instanceof Uint32Array) return 'u32';
  return content instanceof Int32Array ? 'i32' : 'u8';
}

type Checked = { readonly reader: SectionReader; readonly structure: StructureJson };

/** Opens a file, checks its header and its structure, and hands both on for the sections. */
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
      return await use({ reader, structure: await readStructure(reader, header, path) });
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

async function readStructure(reader: SectionReader, header: SnapshotHeader, path: string): Promise<StructureJson> {
  const bytes = new Uint8Array(paddedBytes(header.structureBytes));
  if ((await reader.read(bytes, header.structurePosition)) !== header.structureChecksum) {
    throw damagedError(path, 'its structure has another checksum');
  }
  const text = Buffer.from(bytes.buffer, 0, header.structureBytes).toString('utf8');
  const structure = JSON.parse(text) as StructureJson; // the checksum says that it is what `writeSnapshot` wrote
  const sectionBytes = structure.sections.reduce((sum, section) => sum + paddedBytes(section.sizeBytes), HEADER_BYTES);
  assert(sectionBytes === header.structurePosition, `${path}: the sections end where the structure starts`);
  return structure;
}
