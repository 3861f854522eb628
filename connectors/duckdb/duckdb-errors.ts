import { MillraceError } from '../../engine/errors.ts';

export function notInstalled(cause: unknown): MillraceError {
  return new MillraceError('MR5300', 'DuckDB is not installed here', {
    hint: 'npm install @duckdb/node-api; it is left out where optional packages are, and on platforms that it does not know',
    domain: 'external',
    cause,
  });
}

export function fileInUse(path: string, owner: string | null, cause: unknown): MillraceError {
  const who = owner === null ? 'another process' : `process ${owner}`;
  return new MillraceError('MR5301', `${path} is in use by ${who}`, {
    hint: 'one process has a DuckDB file at a time: end that one, or name another file: --store duckdb:FILE',
    domain: 'external',
    cause,
  });
}

export function notOpened(path: string, what: string, cause?: unknown): MillraceError {
  return new MillraceError('MR5302', `${path} cannot be opened: ${what}`, {
    hint: 'it is a DuckDB file in a folder that this user may write, or one that is not there yet',
    domain: 'external',
    ...(cause === undefined ? {} : { cause }),
  });
}

export function otherShape(series: string, what: string, hint: string): MillraceError {
  return new MillraceError('MR5303', `the table of ${series} has another shape than the series: ${what}`, { hint });
}

export function sameName(message: string, hint: string): MillraceError {
  return new MillraceError('MR5304', message, { hint });
}

/** The disk is full, or has trouble: it is tried again. */
export function notWritten(path: string, what: string, cause: unknown): MillraceError {
  return new MillraceError('MR5305', `${path} cannot be written: ${what}`, {
    hint: 'writing goes on when there is room again; nothing is lost, since reading waits',
    domain: 'external',
    retry: 'backoff',
    cause,
  });
}

export function fileLost(path: string, what: string): MillraceError {
  return new MillraceError('MR5310', `${path} is not the file that was written to: ${what}`, {
    hint: 'start the run again: it goes on from its last checkpoint and writes what came since',
    domain: 'external',
  });
}

export function queryFailed(what: string, cause: unknown): MillraceError {
  return new MillraceError('MR5311', `DuckDB cannot run the query: ${what}`, {
    hint: 'series are views of their names, with the columns that docs/connectors/duckdb.md names; nothing can be changed',
    cause,
  });
}

/** What DuckDB says in one line, without its kind and without the address of its documentation. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(/^(?:[A-Za-z_ ]+ Error: )+/, '')
    .replace(/\. See also https:\S+/, '')
    .replace(/\n\s*\nLINE \d+:.*$/s, '')
    .replace(/\s*\n\s*/g, '; ')
    .trim();
}
