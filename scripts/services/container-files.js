import { programOnPath, runCommand } from './run-command.js';

const PULL_TIMEOUT_MS = 5 * 60_000;

/** Throws where there is no container engine whose images hold programs for this system. */
export async function requireContainers() {
  if (process.platform !== 'linux') throw new Error('the programs in its images are for Linux');
  if (programOnPath('docker') === null) throw new Error('no docker on the PATH');
  await runCommand('docker', ['info']);
}

/**
 * Copies a path out of a container image. A server that was copied runs as any other process: with a process id, files
 * and ports of this machine, and can be killed and restarted without the container engine.
 *
 * @param {{ image: string, from: string, to: string }} options
 */
export async function copyFromImage({ image, from, to }) {
  const container = (await runCommand('docker', ['create', image], { timeoutMs: PULL_TIMEOUT_MS })).trim();
  try {
    await runCommand('docker', ['cp', `${container}:${from}`, to], { timeoutMs: PULL_TIMEOUT_MS });
  } finally {
    await runCommand('docker', ['rm', container]).catch(() => {}); // a container that never ran costs little
  }
}
