import { constants, copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A copy of a file that another process writes; whoever made it removes it. */
export type Snapshot = { readonly path: string; remove(): void };

/**
 * Copies the file and its log between two changes of the file, which come when DuckDB puts the log into it. The log only grows
 * meanwhile, and what is half written at its end is not read: so the copy is what a crash would have left just then, every
 * acknowledged row in it. Where the file system can, it shares the bytes and takes no time. Null: the file was never still.
 */
export async function takeSnapshot(path: string): Promise<Snapshot | null> {
  const prefix = `${basename(path)}.copy-`;
  removeLeft(dirname(path), prefix);
  const folder = mkdtempSync(join(dirname(path), `${prefix}${process.pid}-`)); // each thread has its own
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const copied = copyBetweenChanges(path, folder);
      if (copied !== null) return { path: copied, remove };
      await new Promise(resolve => setTimeout(resolve, STILL_MS));
    }
  } catch (error) {
    remove();
    throw error;
  }
  remove();
  return null;
}

function copyBetweenChanges(path: string, folder: string): string | null {
  const before = stateOf(path);
  // Times of files are coarse: one that changed just now may change again without showing it.
  if (Date.now() - before.changedMs < STILL_MS) return null;
  const copy = join(folder, basename(path));
  for (const suffix of ['', ...LOGS]) {
    rmSync(copy + suffix, { force: true });
    if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix, constants.COPYFILE_FICLONE);
  }
  const after = stateOf(path);
  return after.changedMs === before.changedMs && after.inode === before.inode ? copy : null;
}

function stateOf(path: string): { readonly changedMs: number; readonly inode: number } {
  const { mtimeMs, ino } = statSync(path);
  return { changedMs: mtimeMs, inode: ino };
}

/** By processes that were killed. */
function removeLeft(folder: string, prefix: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix) || isRunning(Number.parseInt(name.slice(prefix.length), 10))) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const LOGS = ['.wal', '.wal.checkpoint', '.wal.recovery'];
const STILL_MS = 50;
const MOST_TRIES = 100;
