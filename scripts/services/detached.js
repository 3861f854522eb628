import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from './run-command.js';

const POLL_MS = 50;
const STOP_TIMEOUT_MS = 15_000;

/**
 * Whether the server that was started in this folder under this process id still runs. The number alone is not enough:
 * after a restart of the machine another process may have it.
 *
 * @param {{ pid: number, directory: string }} server
 * @returns {Promise<boolean>}
 */
export async function isRunning({ pid, directory }) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = await commandLineOf(pid);
  return commandLine === null || commandLine.includes(directory);
}

/**
 * Ends it and waits until it is gone; one that does not heed the signal is killed.
 *
 * @param {{ pid: number, directory: string }} server
 * @returns {Promise<boolean>} false: it did not run
 */
export async function endDetached(server) {
  if (!(await isRunning(server))) return false;
  process.kill(server.pid, 'SIGTERM');
  const killMs = Date.now() + STOP_TIMEOUT_MS;
  while (await isRunning(server)) {
    if (Date.now() > killMs) process.kill(server.pid, 'SIGKILL');
    await delay(POLL_MS);
  }
  return true;
}

/** Null where this system does not say; empty of a process that has ended and was not waited for. */
async function commandLineOf(pid) {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  }
  if (process.platform === 'win32') return null;
  return runCommand('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => '');
}
