import { crc32 } from 'node:zlib';

/**
 * A segment is a header and records (record-format.ts). Little-endian; whole numbers below 2⁵³ are doubles.
 *
 *     0  magic, 8 bytes      12  CRC-32 of all other bytes of the header       24  sequence of its first record
 *     8  format version      16  when the journal was made, µs                 32  the arrival clock at its beginning, µs
 */
export type SegmentHeader = {
  /** Tells a journal from one that was made anew under the same name. */
  readonly createdUs: number;
  readonly firstSequence: number;
  /** No record of the segments before arrived later. */
  readonly openedUs: number;
  /** What the checksums of its records begin with: no record of another file passes for one of this. */
  readonly checksum: number;
};

export const HEADER_BYTES = 40;
export const FORMAT_VERSION = 1;

export function encodeHeader(header: Omit<SegmentHeader, 'checksum'>): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(FORMAT_VERSION, 8);
  bytes.writeDoubleLE(header.createdUs, 16);
  bytes.writeDoubleLE(header.firstSequence, 24);
  bytes.writeDoubleLE(header.openedUs, 32);
  bytes.writeUInt32LE(checksumOf(bytes), 12);
  return bytes;
}

/** Undefined where the bytes are no header; a number where they are one of another format version. */
export function decodeHeader(bytes: Buffer): SegmentHeader | number | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const checksum = bytes.readUInt32LE(12);
  if (checksum !== checksumOf(bytes)) return undefined;
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) return version;
  return {
    createdUs: bytes.readDoubleLE(16),
    firstSequence: bytes.readDoubleLE(24),
    openedUs: bytes.readDoubleLE(32),
    checksum,
  };
}

function checksumOf(bytes: Buffer): number {
  return crc32(bytes.subarray(16, HEADER_BYTES), crc32(bytes.subarray(0, 12)));
}

const MAGIC = Buffer.from('MILLJRNL', 'latin1');
