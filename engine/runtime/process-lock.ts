import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * A file that says which process has something, until it is released. One whose process is gone (a crash, a power cut)
 * or has another start time (its number was given out again) is taken over.
 */
export class ProcessLock {
  static readonly #held = new Set<string>(); // of this process, which may ask for one again
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
    ProcessLock.#held.add(path);
  }

  /** Takes the lock, or says who has it. Throws what the file system says. */
  static take(path: string): ProcessLock | { readonly ownerProcessId: number } {
    if (ProcessLock.#held.has(path)) return { ownerProcessId: process.pid };
    if (isTaken(path)) return new ProcessLock(path);
    const owner = readOwner(path);
    if (isRunning(owner)) return { ownerProcessId: processIdOf(owner) };
    return isTakenOver(path) ? new ProcessLock(path) : { ownerProcessId: processIdOf(readOwner(path)) };
  }

  release(): void {
    ProcessLock.#held.delete(this.#path);
    if (readOwner(this.#path) === ownerOf(process.pid)) rmSync(this.#path, { force: true });
  }
}

/** True if it was free, and is ours now. */
function isTaken(path: string): boolean {
  try {
    writeFileSync(path, ownerOf(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two that find the same lock left behind both replace it: the last one has it, and the other sees so after a while. */
function isTakenOver(path: string): boolean {
  const owner = ownerOf(process.pid);
  writeFileSync(`${path}.${process.pid}`, owner);
  renameSync(`${path}.${process.pid}`, path);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLE_MS);
  return readOwner(path) === owner;
}

function readOwner(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // released meanwhile
  }
}

function processIdOf(owner: string): number {
  return Number(owner.split(' ')[0]);
}

/** Our own number counts as free: in a container every run may have the same one. */
function isRunning(owner: string): boolean {
  const pid = processIdOf(owner);
  if (!(pid > 0) || pid === process.pid || owner !== ownerOf(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, as another user
  }
}

/**
 * The process number and, where /proc tells it, its start: field 22 of proc_pid_stat(5), behind the command's name. One that has
 * ended keeps its number, and answers to signals, until its parent has taken notice.
 */
function ownerOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? `${pid} ended` : `${pid} ${fields[19]}`;
  } catch {
    return `${pid} 0`; // no /proc
  }
}

const SETTLE_MS = 50;
