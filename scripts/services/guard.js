/**
 * A process of its own that outlives the one that started servers: when that one is gone, however it ended, the pipe from
 * it closes, and the servers and temporary folders that are left are ended and removed. Input: a JSON line for each change.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const GRACE_MS = 5_000;

const pids = new Set();
const folders = new Set();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {}); // the end of the pipe is what counts

for await (const line of createInterface({ input: process.stdin })) {
  const { change, pid, folder } = JSON.parse(line);
  if (change === 'started') pids.add(pid);
  if (change === 'ended') pids.delete(pid);
  if (change === 'made') folders.add(folder);
  if (change === 'removed') folders.delete(folder);
}

signalAll('SIGTERM');
const endMs = Date.now() + GRACE_MS;
while ([...pids].some(isRunning) && Date.now() < endMs) await delay(50);
signalAll('SIGKILL');
if (pids.size > 0) await delay(100); // files are closed
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

function signalAll(signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      pids.delete(pid); // gone
    }
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
