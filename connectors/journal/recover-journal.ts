import { damaged, otherVersion } from './journal-errors.ts';
import type { JournalFolder } from './journal-folder.ts';
import { readMark, writeSynced } from './journal-mark.ts';
import { scanSegment } from './scan-segment.ts';
import { decodeHeader, HEADER_BYTES, type SegmentHeader } from './segment-header.ts';

export type Segment = {
  readonly firstSequence: number;
  readonly openedUs: number;
  /** Grows while it is the last one. */
  sizeBytes: number;
};

export type RecoveredJournal = {
  readonly createdUs: number;
  /** Oldest first; the last one is written to. */
  readonly segments: readonly Segment[];
  readonly header: SegmentHeader; // of the last one
  readonly nextSequence: number;
  readonly lastArrivalUs: number;
};

/**
 * Puts a journal in order that no writer is at: cuts a torn tail, makes what is left durable, and says so in `synced`.
 * Null where there is no journal. The caller holds the lock. A crash in between leaves what a next call puts in order
 * just so. The last segment is read whole; those before it are checked by whoever reads them.
 *
 * Errors: MR5030 damage · MR5038 another format version.
 */
export async function recoverJournal(folder: JournalFolder): Promise<RecoveredJournal | null> {
  const opened = await openSegments(folder);
  if (opened === null) return null;
  const { segments, header } = opened;
  const { disk } = folder;
  const path = folder.segmentPath(header.firstSequence);
  const mark = await readMark(disk, folder.syncedPath);
  const file = await disk.open(path, 'write');
  try {
    const bytes = Buffer.alloc(await file.size());
    await file.read(bytes, 0);
    const syncedSequence = mark?.createdUs === header.createdUs ? mark.sequence : 0;
    const { endBytes, nextSequence, lastArrivalUs, unsyncedFrom } = scanSegment({
      bytes,
      path,
      header,
      syncedSequence,
    });
    await file.truncate(endBytes);
    // Pages of a sync that failed may be gone from the disk and yet be read here: written again, they are synced.
    await file.write(bytes.subarray(unsyncedFrom, endBytes), unsyncedFrom);
    await file.sync();
    await disk.syncFolder(folder.path);
    segments.at(-1)!.sizeBytes = endBytes;
    await writeSynced(folder, { createdUs: header.createdUs, sequence: nextSequence });
    return { createdUs: header.createdUs, segments, header, nextSequence, lastArrivalUs };
  } finally {
    await file.close();
  }
}

async function openSegments(folder: JournalFolder): Promise<{ segments: Segment[]; header: SegmentHeader } | null> {
  const segments: Segment[] = [];
  let lastHeader: SegmentHeader | undefined;
  const firstSequences = await folder.segments();
  for (const [index, firstSequence] of firstSequences.entries()) {
    const { header, sizeBytes } = await readSegmentHeader(folder, firstSequence);
    if (header === undefined) {
      const isLast = index === firstSequences.length - 1;
      await removeUnborn(folder, { firstSequence, sizeBytes, isNew: isLast && (index > 0 || firstSequence === 1) });
      continue;
    }
    segments.push({ firstSequence, openedUs: header.openedUs, sizeBytes });
    lastHeader = header;
  }
  return lastHeader === undefined ? null : { segments, header: lastHeader };
}

/** A crash while a segment is made may leave its file without a header, and then never with a record. */
async function removeUnborn(
  folder: JournalFolder,
  segment: { readonly firstSequence: number; readonly sizeBytes: number; readonly isNew: boolean },
): Promise<void> {
  const path = folder.segmentPath(segment.firstSequence);
  if (!segment.isNew || segment.sizeBytes > HEADER_BYTES) throw noHeader(path);
  await folder.disk.remove(path);
  await folder.disk.syncFolder(folder.path);
}

/** The header is undefined where there is none. */
export async function readSegmentHeader(
  folder: JournalFolder,
  firstSequence: number,
): Promise<{ readonly header: SegmentHeader | undefined; readonly sizeBytes: number }> {
  const path = folder.segmentPath(firstSequence);
  const file = await folder.disk.open(path, 'read');
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    await file.read(bytes, 0);
    const header = decodeHeader(bytes);
    if (typeof header === 'number') throw otherVersion(path, header);
    if (header !== undefined && header.firstSequence !== firstSequence) throw noHeader(path);
    return { header, sizeBytes: await file.size() };
  } finally {
    await file.close();
  }
}

export function noHeader(path: string): Error {
  return damaged({ path, offset: 0, what: 'it does not begin with the header of a segment' });
}
