import { crc32 } from 'node:zlib';
import { MillraceError } from '../../errors.ts';
import { damagedError } from './state-error.ts';

export const HEADER_BYTES = 40;

const MAGIC = new TextEncoder().encode('MILLRACE');
const FORMAT_VERSION = 1;
const LITTLE_ENDIAN = 1;

/** Where things are in the header, which is the same in every version of the format. */
const AT = {
  magic: 0,
  version: 8,
  byteOrder: 12,
  structurePosition: 16,
  structureBytes: 24,
  structureChecksum: 32,
  checksum: 36,
};

/** What the header says of the JSON at the end of the file. `checksum` is the header's own. */
export type SnapshotHeader = {
  readonly structurePosition: number;
  readonly structureBytes: number;
  readonly structureChecksum: number;
  readonly checksum: number;
};

export function encodeHeader(structure: Omit<SnapshotHeader, 'checksum'>): { bytes: Uint8Array; checksum: number } {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC, AT.magic);
  view.setUint32(AT.version, FORMAT_VERSION, true);
  view.setUint32(AT.byteOrder, LITTLE_ENDIAN, true);
  view.setFloat64(AT.structurePosition, structure.structurePosition, true);
  view.setFloat64(AT.structureBytes, structure.structureBytes, true);
  view.setUint32(AT.structureChecksum, structure.structureChecksum, true);
  const checksum = crc32(bytes.subarray(0, AT.checksum));
  view.setUint32(AT.checksum, checksum, true);
  return { bytes, checksum };
}

/** The checksum comes before the version: a flipped bit of the version is damage, no newer program. */
export function decodeHeader(bytes: Uint8Array, path: string): SnapshotHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const checksum = view.getUint32(AT.checksum, true);
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) throw damagedError(path, 'it does not start as a file of state');
  if (crc32(bytes.subarray(0, AT.checksum)) !== checksum) throw damagedError(path, 'its header has another checksum');
  const version = view.getUint32(AT.version, true);
  if (version > FORMAT_VERSION) throw newerError(path, version);
  if (view.getUint32(AT.byteOrder, true) !== LITTLE_ENDIAN) {
    throw damagedError(path, 'it is of a machine with another order of bytes');
  }
  return {
    structurePosition: view.getFloat64(AT.structurePosition, true),
    structureBytes: view.getFloat64(AT.structureBytes, true),
    structureChecksum: view.getUint32(AT.structureChecksum, true),
    checksum,
  };
}

function newerError(path: string, version: number): MillraceError {
  return new MillraceError(
    'MR6006',
    `the state ${path} was written by a newer Millrace: its format is ${version}, this program knows ${FORMAT_VERSION}`,
    { hint: 'run the newer version, or give --state another folder' },
  );
}
