import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @type {import('node:child_process').ChildProcess | undefined} */
let guard;

/**
 * Tells the guard (guard.js) of this process what it has to end or remove if this process is killed. One guard for all
 * servers; it does not keep this process from ending.
 *
 * @param {{ change: 'started' | 'ended', pid: number } | { change: 'made' | 'removed', folder: string }} change
 */
export function tellGuard(change) {
  guard ??= startGuard();
  guard.stdin.write(`${JSON.stringify(change)}\n`);
}

/**
 * A folder that is removed by `removeTemporaryFolder`, or when this process is gone.
 *
 * @param {string} name
 */
export function makeTemporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `millrace-${name}-`));
  tellGuard({ change: 'made', folder });
  return folder;
}

/** @param {string} folder */
export function removeTemporaryFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  tellGuard({ change: 'removed', folder });
}

function startGuard() {
  const { NODE_OPTIONS: _, ...env } = process.env;
  // In a group of its own, so that what kills the group of this process leaves the guard.
  const child = spawn(process.execPath, [join(import.meta.dirname, 'guard.js')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
    env,
  });
  child.on('error', () => {}); // without a guard, servers still end with `stop`
  child.stdin.on('error', () => {});
  child.stdin.unref();
  child.unref();
  return child;
}
