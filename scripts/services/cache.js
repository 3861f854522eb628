import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 200;
const WRITE_MS = 5_000; // a lock that is empty for longer was left so

/**
 * A path below the folder of what is installed for all checkouts of this user.
 *
 * @param {...string} names
 */
export function cachePath(...names) {
  return join(process.env.MILLRACE_CACHE || join(homedir(), '.cache/millrace'), 'services', ...names);
}

/**
 * Installs a file or folder: `make` gets an empty folder and returns where the thing is in it, which is then renamed
 * into place. So what is in place is whole. Of two processes that need it at once, one installs and the other waits.
 *
 * @param {string} target
 * @param {(folder: string) => Promise<string>} make
 */
export async function installInto(target, make) {
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  const lock = `${target}.lock`;
  while (!isTaken(lock)) await delay(POLL_MS);
  const folder = mkdtempSync(join(parent, '.install-'));
  try {
    if (existsSync(target)) return; // the other has installed it
    process.stderr.write(`installing ${basename(parent)} into ${parent} …\n`); // it can take minutes
    renameSync(await make(folder), target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
}

/** True if it was free, and is ours now. One whose process is gone is free; two that see so at once both install. */
function isTaken(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!hasOwner(lock)) rmSync(lock, { force: true });
  return false;
}

function hasOwner(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid === 0) return Date.now() - statSync(lock).mtimeMs < WRITE_MS; // just being written
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM'; // another user's
  }
}
