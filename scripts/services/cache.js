import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

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
 * into place. So what is in place is whole, and of two processes that install at once the later one changes nothing.
 *
 * @param {string} target
 * @param {(folder: string) => Promise<string>} make
 */
export async function installInto(target, make) {
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, '.install-'));
  process.stderr.write(`installing ${basename(parent)} into ${parent} …\n`); // it can take minutes
  try {
    const made = await make(folder);
    try {
      renameSync(made, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
