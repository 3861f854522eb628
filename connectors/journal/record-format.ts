import { crc32 } from 'node:zlib';

/**
 * A record of a segment. Little-endian; whole numbers below 2⁵³ are doubles.
 *
 *     0  CRC-32 of all that follows, begun with the header's     16  arrival, µs
 *     4  bytes of the payload                                    24  its place in the group that was synced at once
 *     8  sequence                                                28  kind, then the payload
 */
export type JournalRecord = {
  readonly kind: 'message' | 'tick';
  readonly sequence: number;
  readonly arrivalUs: number;
  /** The sequence of the first record that was written and synced together with this one. */
  readonly groupSequence: number;
  /** A view of the bytes that were read; empty of a tick. */
  readonly payload: Buffer;
};

export const RECORD_HEADER_BYTES = 29;

/** A line of 16 MB is the longest event of any codec; what is longer would only be rejected when it is read. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export type NewRecord = { readonly kind: JournalRecord['kind']; readonly payload: Uint8Array };

/** Encodes records that are written and synced together, with sequences from `firstSequence` on. */
export function encodeGroup(
  records: readonly NewRecord[],
  group: { readonly checksum: number; readonly firstSequence: number; readonly arrivalUs: number },
): Buffer {
  const bytes = Buffer.allocUnsafe(groupBytes(records));
  let at = 0;
  for (let index = 0; index < records.length; index++) {
    const { kind, payload } = records[index]!;
    const end = at + RECORD_HEADER_BYTES + payload.length;
    bytes.writeUInt32LE(payload.length, at + 4);
    bytes.writeDoubleLE(group.firstSequence + index, at + 8);
    bytes.writeDoubleLE(group.arrivalUs, at + 16);
    bytes.writeUInt32LE(index, at + 24);
    bytes[at + 28] = kind === 'message' ? MESSAGE : TICK;
    bytes.set(payload, at + RECORD_HEADER_BYTES);
    bytes.writeUInt32LE(crc32(bytes.subarray(at + 4, end), group.checksum), at);
    at = end;
  }
  return bytes;
}

export function groupBytes(records: readonly NewRecord[]): number {
  let bytes = records.length * RECORD_HEADER_BYTES;
  for (const { payload } of records) bytes += payload.length;
  return bytes;
}

/** The record at `at`; `cut` where its bytes go on beyond `to`, which may be all that is wrong with it. */
export function decodeRecord(
  bytes: Buffer,
  range: { readonly at: number; readonly to: number },
  checksum: number,
): JournalRecord | 'cut' | 'broken' {
  const { at, to } = range;
  if (to - at < RECORD_HEADER_BYTES) return 'cut';
  const length = bytes.readUInt32LE(at + 4);
  if (length > MAX_PAYLOAD_BYTES) return 'broken';
  const end = at + RECORD_HEADER_BYTES + length;
  if (end > to) return 'cut';
  if (crc32(bytes.subarray(at + 4, end), checksum) !== bytes.readUInt32LE(at)) return 'broken';
  const sequence = bytes.readDoubleLE(at + 8);
  return {
    kind: bytes[at + 28] === MESSAGE ? 'message' : 'tick',
    sequence,
    arrivalUs: bytes.readDoubleLE(at + 16),
    groupSequence: sequence - bytes.readUInt32LE(at + 24),
    payload: bytes.subarray(at + RECORD_HEADER_BYTES, end),
  };
}

export function sizeOf(record: JournalRecord): number {
  return RECORD_HEADER_BYTES + record.payload.length;
}

const MESSAGE = 1;
const TICK = 2;
