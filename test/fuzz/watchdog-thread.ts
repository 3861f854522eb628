import { writeFileSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { HEADER_BYTES, type WatchdogData } from './watchdog.ts';

const MAX_WAIT_MS = 60_000;

const { shared, failureFile } = workerData as WatchdogData; // what Watchdog has put there
const header = new Int32Array(shared, 0, HEADER_BYTES / 4);
let lastRun = Atomics.load(header, 0);

setInterval(() => {
  const run = Atomics.load(header, 0);
  if (run > 0 && run === lastRun) {
    writeFileSync(failureFile, Buffer.from(new Uint8Array(shared, HEADER_BYTES, header[1])));
    writeSync(2, `FAILED: an input has not ended within ${MAX_WAIT_MS / 1000} s; it is ${failureFile}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  lastRun = run;
}, MAX_WAIT_MS);
