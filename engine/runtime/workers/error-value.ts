import { MillraceError } from '../../errors.ts';
import type { ErrorValue } from './worker-protocol.ts';

/** An error as plain data, for the way between threads. */
export function errorValue(error: unknown): ErrorValue {
  if (error instanceof MillraceError) {
    const { code, message, hint = null, domain, retry, stack = null } = error;
    return { code, message, hint, domain, retry, stack };
  }
  const { message, stack = null } = error instanceof Error ? error : new Error(String(error));
  return { code: null, message, hint: null, domain: 'internal', retry: 'never', stack };
}

/** The error again. What had no code is a fault of our own, and keeps the place where it happened. */
export function errorOf({ code, message, hint, domain, retry, stack }: ErrorValue): Error {
  const error =
    code === null
      ? new Error(message)
      : new MillraceError(code, message, { domain, retry, ...(hint === null ? {} : { hint }) });
  if (stack !== null) error.stack = stack;
  return error;
}
