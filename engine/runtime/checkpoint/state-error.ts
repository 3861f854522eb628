import { MillraceError } from '../../errors.ts';

/** What may pass by itself: a full disk, a device that has trouble. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EIO']);

/** What the disk said while state was written, as MR6002; what is no word of the disk stays as it is. */
export function writingError(path: string, cause: unknown): unknown {
  const code = diskCodeOf(cause);
  if (code === undefined) return cause;
  return new MillraceError('MR6002', `the state ${path} cannot be written: ${messageOf(cause)}`, {
    hint: 'give --state a folder that you may write to, on a disk with room',
    domain: 'external',
    retry: PASSING.has(code) ? 'backoff' : 'never',
    cause,
  });
}

/** What the disk said while state was read: what is gone or unreadable is damaged (MR6003), the rest MR6002. */
export function readingError(path: string, cause: unknown): unknown {
  const code = diskCodeOf(cause);
  if (code === undefined) return cause;
  if (code === 'ENOENT' || code === 'EIO') return damagedError(path, messageOf(cause), cause);
  return new MillraceError('MR6002', `the state ${path} cannot be read: ${messageOf(cause)}`, {
    hint: 'give --state a folder whose files you may read and write',
    domain: 'external',
    cause,
  });
}

export function damagedError(path: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('MR6003', `the state ${path} is damaged: ${reason}`, {
    hint: 'restore the folder from a copy, or remove it to start empty',
    domain: 'external',
    cause,
  });
}

/** ENOSPC and the like; Node's own codes (ERR_INVALID_ARG_TYPE) are mistakes of the program. */
function diskCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error instanceof MillraceError) return undefined;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
