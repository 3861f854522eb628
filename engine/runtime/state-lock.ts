import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../errors.ts';

/**
 * Keeps a second run out of a state folder: the file `lock` names the process that has it. One whose process is gone
 * (a crash, a power cut) or has another start time (its number was given out again) is taken over.
 *
 * Errors: MR6002 the folder cannot be written · MR6004 another run has the folder.
 */
export class StateLock {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, 'lock');
    if (this.#take()) return;
    const owner = readOwner(this.#path);
    if (isRunning(owner)) {
      throw new MillraceError('MR6004', `the state folder ${directory} is in use by process ${owner.split(' ')[0]}`, {
        hint: `end that run first, or give this one a folder of its own; if no Millrace runs, remove ${this.#path}`,
        domain: 'external',
      });
    }
    rmSync(this.#path, { force: true });
    if (!this.#take()) throw new MillraceError('MR6004', `the state folder ${directory} is in use by another run`);
  }

  release(): void {
    if (readOwner(this.#path) === ownerOf(process.pid)) rmSync(this.#path, { force: true });
  }

  #take(): boolean {
    try {
      writeFileSync(this.#path, ownerOf(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      throw new MillraceError('MR6002', `the state folder cannot be written: ${message}`, {
        hint: 'give --state a folder that you may write to, on a disk with room',
        domain: 'external',
        cause: error,
      });
    }
  }
}

function readOwner(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // released meanwhile
  }
}

/** Our own number counts as free: in a container every run may have the same one. */
function isRunning(owner: string): boolean {
  const pid = Number(owner.split(' ')[0]);
  if (!(pid > 0) || pid === process.pid || owner !== ownerOf(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, as another user
  }
}

/** The process number and, where /proc tells it, its start: field 22 of proc_pid_stat(5), behind the command's name. */
function ownerOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return `${pid} 0`; // no /proc
  }
}
