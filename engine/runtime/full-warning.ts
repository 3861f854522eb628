import { MAX_WAITING_ROWS } from './arrival-merge.ts';
import type { JobWarning } from './job-options.ts';

/** So much of a source waits for others that it is not read on. */
export function fullWarning(stream: string): JobWarning {
  return {
    code: 'MR4027',
    message:
      `${stream} is not read on for now: more than ${MAX_WAITING_ROWS.toLocaleString('en')} of its rows or alerts wait for ` +
      'another source, with which they are put into one order, and whose arrival clock is behind',
    hint: 'it goes on by itself when the other source has come as far',
  };
}
