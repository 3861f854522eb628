import { open, readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import type { SourceOptions } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { closestName } from '../codecs/closest-name.ts';
import type { TextFormat } from '../codecs/decoder.ts';

export type Compression = 'gzip' | 'zstd' | null;

/** What is known of a file before it is read. */
export type InspectedFile = {
  readonly path: string; // `-`: standard input
  readonly format: TextFormat | 'parquet';
  readonly compression: Compression;
  readonly sizeBytes: number;
  readonly fingerprint: Fingerprint;
};

/** A file's first bytes: tells the file of a position from another one of the same name. */
export type Fingerprint = { readonly head: number; readonly headBytes: number };

/** The rule file's word for the codec wins, then the suffix, then what the file begins with. */
export async function inspectFile({
  source,
  directory,
}: Pick<SourceOptions, 'source' | 'directory'>): Promise<InspectedFile> {
  const { address, codec } = source;
  if (address === '-') {
    const word = formatOfWord(codec) ?? 'ndjson';
    if (word === 'parquet') {
      throw new MillraceError('MR5006', 'Parquet is not read from standard input', {
        hint: 'a Parquet file is read from its end: name the file',
      });
    }
    const format = word === 'json' ? 'ndjson' : word; // events are handed over as they come, so each has its line
    return { path: '-', format, compression: null, sizeBytes: 0, fingerprint: { head: 0, headBytes: 0 } };
  }
  const path = resolve(directory, address);
  const { bytes, sizeBytes } = await readStart(path, address);
  const compression = compressionOf(path, bytes);
  const suffixes = path.toLowerCase().replace(/\.(gz|zst)$/, '');
  const ofSuffix = FORMATS_BY_SUFFIX.find(([suffix]) => suffixes.endsWith(suffix))?.[1];
  const ofWord = formatOfWord(codec);
  // `json` is the word for lines, too; a suffix may say which it is.
  const format = ofWord === 'json' && ofSuffix === 'ndjson' ? 'ndjson' : (ofWord ?? ofSuffix ?? formatOfBytes(bytes));
  return { path, format, compression, sizeBytes, fingerprint: fingerprintOf(bytes) };
}

export function fingerprintOf(start: Buffer): Fingerprint {
  const head = start.subarray(0, FINGERPRINT_BYTES);
  return { head: crc32(head), headBytes: head.length };
}

/** The first bytes of a file, and its size. */
export async function readStart(
  path: string,
  address: string,
): Promise<{ readonly bytes: Buffer; readonly sizeBytes: number }> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const bytes = Buffer.alloc(FINGERPRINT_BYTES);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return { bytes: bytes.subarray(0, bytesRead), sizeBytes: size };
  } catch (error) {
    throw await readError(error, path, address);
  }
}

/** A coded error for what the file system says. */
export async function readError(error: unknown, path: string, address: string): Promise<MillraceError> {
  if (error instanceof MillraceError) return error;
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR': {
      const names = await readdir(dirname(path)).catch(() => undefined);
      const guess = names === undefined ? undefined : closestName(basename(path), names);
      const hint =
        names === undefined
          ? `there is no folder ${dirname(path)}`
          : guess === undefined
            ? `looked for ${path}; paths in a rule file start at that file, those of --source at the working folder`
            : `did you mean ${JSON.stringify(guess)}?`;
      return new MillraceError('MR5001', `there is no file ${JSON.stringify(address)}`, { hint, cause: error });
    }
    case 'EISDIR':
      return new MillraceError('MR5002', `${JSON.stringify(address)} is a folder`, {
        hint: 'name one file in it',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new MillraceError('MR5003', `${JSON.stringify(address)} may not be read`, {
        hint: `give this user permission: \`chmod u+r ${path}\``,
        cause: error,
      });
    default:
      return new MillraceError('MR5016', `${JSON.stringify(address)} could not be read: ${(error as Error).message}`, {
        cause: error,
        domain: 'external',
      });
  }
}

export function cannotFollow(what: string): MillraceError {
  return new MillraceError('MR5011', `a ${what} cannot be followed`, {
    hint: 'only plain text files grow; leave out --follow, or follow the file before it is packed',
  });
}

function formatOfWord(codec: string | null): InspectedFile['format'] | undefined {
  if (codec === null) return undefined;
  const format = FORMATS_BY_WORD[codec];
  if (format !== undefined) return format;
  throw new MillraceError('MR5006', `files are not read as ${codec}`, {
    hint: `the formats are ${Object.keys(FORMATS_BY_WORD).join(', ')}`,
  });
}

function formatOfBytes(bytes: Buffer): InspectedFile['format'] {
  if (bytes.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  switch (bytes.toString('latin1').trimStart()[0]) {
    case '{':
      return 'ndjson';
    case '[':
      return 'json';
    default:
      return 'csv';
  }
}

function compressionOf(path: string, bytes: Buffer): Compression {
  const magic = bytes.toString('hex', 0, 4);
  const isGzip = magic.startsWith('1f8b');
  const isZstd = magic === '28b52ffd';
  const suffix = path.toLowerCase().match(/\.(gz|zst)$/)?.[1];
  if (suffix !== undefined && !isGzip && !isZstd) {
    throw new MillraceError(
      'MR5007',
      `${JSON.stringify(basename(path))} is not compressed, or is damaged at its beginning`,
      {
        hint: `if it is plain text, take away .${suffix} from its name`,
      },
    );
  }
  return isGzip ? 'gzip' : isZstd ? 'zstd' : null;
}

export const FINGERPRINT_BYTES = 256;

const FORMATS_BY_WORD: Readonly<Record<string, InspectedFile['format']>> = Object.assign(Object.create(null), {
  csv: 'csv',
  tsv: 'tsv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  parquet: 'parquet',
} satisfies Record<string, InspectedFile['format']>);

const FORMATS_BY_SUFFIX: readonly (readonly [string, InspectedFile['format']])[] = [
  ['.csv', 'csv'],
  ['.tsv', 'tsv'],
  ['.tab', 'tsv'],
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
  ['.json', 'json'],
  ['.parquet', 'parquet'],
];
