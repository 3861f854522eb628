import { damaged } from './journal-errors.ts';
import { decodeRecord, RECORD_HEADER_BYTES, sizeOf } from './record-format.ts';
import { HEADER_BYTES, type SegmentHeader } from './segment-header.ts';

export type SegmentScan = {
  /** Behind the last whole record: what follows is a torn tail. */
  readonly endBytes: number;
  /** Of the next record. */
  readonly nextSequence: number;
  readonly lastArrivalUs: number;
  /** Where the bytes begin that nobody said are synced. */
  readonly unsyncedFrom: number;
};

/**
 * Goes through the records of the last segment. A record that is cut or broken is a torn tail, the rest of a write that
 * a crash interrupted, or damage to what had been synced. Since a group of records is written only when the one before
 * is synced, and a disk may keep the parts of an unsynced write in any choice, the two are told apart so:
 *
 * - nothing whole follows: a torn tail;
 * - a record of a later group follows: damage, as the group before it was synced;
 * - only records of the same group follow: damage if `syncedSequence` says that the group was synced, else a torn tail.
 *
 * Errors: MR5030 naming file and offset.
 */
export function scanSegment(options: {
  readonly bytes: Buffer;
  readonly path: string;
  readonly header: SegmentHeader;
  /** Records before this one are known to be synced. */
  readonly syncedSequence: number;
}): SegmentScan {
  const { bytes, path, header, syncedSequence } = options;
  let at = HEADER_BYTES;
  let sequence = header.firstSequence;
  let lastArrivalUs = header.openedUs;
  let unsyncedFrom = 0; // the header too
  while (at < bytes.length) {
    const record = decodeRecord(bytes, { at, to: bytes.length }, header.checksum);
    if (record === 'cut' || record === 'broken') {
      const torn = { at, sequence, isSynced: sequence < syncedSequence };
      if (isDamage(bytes, torn, header.checksum))
        throw damaged({ path, offset: at, what: 'a record fails its checksum' });
      break;
    }
    if (record.sequence !== sequence) {
      const what = `sequence ${record.sequence} stands where ${sequence} is expected`;
      throw damaged({ path, offset: at, what });
    }
    at += sizeOf(record);
    sequence++;
    lastArrivalUs = record.arrivalUs;
    if (sequence <= syncedSequence) unsyncedFrom = at;
  }
  return { endBytes: at, nextSequence: sequence, lastArrivalUs, unsyncedFrom };
}

type BadRecord = { readonly at: number; readonly sequence: number; readonly isSynced: boolean };

/** Looks at every place behind a bad record for a whole one, as its length may be what is wrong. */
function isDamage(bytes: Buffer, bad: BadRecord, checksum: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - RECORD_HEADER_BYTES;
  const highest = bad.sequence + (bytes.length - bad.at) / RECORD_HEADER_BYTES;
  for (let at = bad.at + 1; at <= last; ) {
    const sequence = view.getFloat64(at + 8, true);
    if (sequence >= bad.sequence && sequence <= highest) {
      const record = decodeRecord(bytes, { at, to: bytes.length }, checksum);
      if (record !== 'cut' && record !== 'broken') {
        if (bad.isSynced || record.groupSequence > bad.sequence) return true;
        at += sizeOf(record);
        continue;
      }
    }
    at++;
  }
  return false;
}
