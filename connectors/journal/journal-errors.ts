import { MillraceError } from '../../engine/errors.ts';

/** Where a journal is not as it was written. */
export function damaged(where: {
  readonly path: string;
  readonly offset: number;
  readonly what: string;
}): MillraceError {
  const { path, offset, what } = where;
  return new MillraceError('MR5030', `the journal is damaged: ${path}, offset ${offset}: ${what}`, {
    hint: 'restore the file from a copy; a journal that is put away as a whole is begun anew',
    domain: 'external',
  });
}

export function full(options: {
  readonly name: string;
  readonly maxBytes: number;
  readonly behind: { readonly stream: string; readonly sequence: number } | null;
  readonly lastSequence: number;
}): MillraceError {
  const { name, maxBytes, behind, lastSequence } = options;
  const who =
    behind === null
      ? 'no run has acknowledged anything of it'
      : `the stream ${behind.stream} has acknowledged ${count(behind.sequence - 1)} of its ${count(lastSequence)} records`;
  return new MillraceError('MR5031', `the journal ${name} holds its ${count(maxBytes)} bytes: ${who}`, {
    hint: 'start `millrace run … --state DIR` on it, or allow it more (`journal: { maxSize: … }` in millrace.yaml)',
    domain: 'external',
    retry: 'backoff',
  });
}

export function groupTooLarge(options: { readonly name: string; readonly maxBytes: number }): MillraceError {
  return new MillraceError(
    'MR5031',
    `the journal ${options.name} may hold ${count(options.maxBytes)} bytes, less than one message`,
    {
      hint: 'allow it more (`journal: { maxSize: … }` in millrace.yaml)',
    },
  );
}

export function inUse(options: {
  readonly name: string;
  readonly processId: number;
  readonly lockPath: string;
}): MillraceError {
  const { name, processId, lockPath } = options;
  return new MillraceError('MR5032', `process ${processId} is writing to the journal ${name}`, {
    hint: `a journal has one writer: end that one first, or write to another journal; if no Millrace runs, remove ${lockPath}`,
    domain: 'external',
  });
}

/** Said as a rejection: the reader goes on. */
export function gapReason(gap: { readonly from: number; readonly to: number }): string {
  const { from, to } = gap;
  return `${count(to - from)} records (sequence ${count(from)} to ${count(to - 1)}) were removed before they were read`;
}

/** A failure of the disk, which is tried again where that may help. */
export function notWritten(name: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const passes = ['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE'].includes(code ?? '');
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new MillraceError('MR5034', `the journal ${name} cannot be written: ${message}`, {
    hint: isFull
      ? 'make room on the disk; writing goes on then'
      : 'give `journal: { directory: … }` in millrace.yaml a folder that you may write to, on a disk that works',
    domain: 'external',
    retry: passes ? 'backoff' : 'never',
    cause: error,
  });
}

export function notRead(name: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  return new MillraceError('MR5016', `the journal ${name} could not be read: ${(error as Error).message}`, {
    hint: 'a disk or network drive may be failing',
    domain: 'external',
    cause: error,
  });
}

export function otherJournal(name: string, what: string): MillraceError {
  return new MillraceError('MR5035', `the journal ${name} is not the one that was being read: ${what}`, {
    hint: 'put that one back, or start without the kept state',
    domain: 'external',
  });
}

export function wrongCodec(name: string, codec: string): MillraceError {
  return new MillraceError(
    'MR5036',
    `the journal ${name} is not read as ${codec}: a message is json, ndjson, msgpack or cbor`,
    {
      hint: 'write `json`; a CSV file is read by `from file`, and has a header that single lines lack',
    },
  );
}

export function wrongName(name: string): MillraceError {
  return new MillraceError('MR5037', `${JSON.stringify(name)} is no name for a journal`, {
    hint: 'letters, digits, `_`, `-` and `.`, such as `motor`: it is the name of a folder',
  });
}

export function otherVersion(path: string, version: number): MillraceError {
  return new MillraceError('MR5038', `${path} is of format version ${version}, which this Millrace does not know`, {
    hint: 'use the version of Millrace that wrote it, or a later one',
  });
}

function count(value: number): string {
  return value.toLocaleString('en');
}
