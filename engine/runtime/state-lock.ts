import { join } from 'node:path';
import { MillraceError } from '../errors.ts';
import { ProcessLock } from './process-lock.ts';

/**
 * Keeps a second run out of a state folder.
 *
 * Errors: MR6002 the folder cannot be written · MR6004 another run has the folder.
 */
export class StateLock {
  readonly #lock: ProcessLock;

  constructor(directory: string) {
    const path = join(directory, 'lock');
    const taken = takeLock(path);
    if (!(taken instanceof ProcessLock)) {
      throw new MillraceError('MR6004', `the state folder ${directory} is in use by process ${taken.ownerProcessId}`, {
        hint: `end that run first, or give this one a folder of its own; if no Millrace runs, remove ${path}`,
        domain: 'external',
      });
    }
    this.#lock = taken;
  }

  release(): void {
    this.#lock.release();
  }
}

function takeLock(path: string): ReturnType<typeof ProcessLock.take> {
  try {
    return ProcessLock.take(path);
  } catch (error) {
    throw new MillraceError('MR6002', `the state folder cannot be written: ${(error as Error).message}`, {
      hint: 'give --state a folder that you may write to, on a disk with room',
      domain: 'external',
      cause: error,
    });
  }
}
