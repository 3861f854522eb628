import { MillraceError } from '../../../engine/errors.ts';
import { messageOf } from '../nats-errors.ts';

/** What several processes have in common cannot be read or written now. */
export function storeError(what: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  return new MillraceError('MR5140', `${what}: ${messageOf(error)}`, {
    hint: 'it is tried again; is the nats-server there, and has the bucket room?',
    domain: 'external',
    retry: 'backoff',
    cause: error,
  });
}
