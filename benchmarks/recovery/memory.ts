/**
 * A process of its own (`node --expose-gc memory.ts KEYS WORKERS STATE-FOLDER`): how much resident memory grows with the
 * number of keys under one tumbling window of four aggregates, the keys' names included, and with checkpoints of them
 * where a folder is given. Prints one line of JSON.
 */
import { jobOfKeys } from './job-of-keys.ts';

const WARM_UP_WINDOWS = 300;
const WINDOWS = 6;

const [keys, workerCount] = process.argv.slice(2, 4).map(Number);
const stateDirectory = process.argv[4] ?? null;
const residentBytes: number[] = [];
const done = await jobOfKeys({
  keys: keys!,
  windows: WARM_UP_WINDOWS + WINDOWS,
  warmUpWindows: WARM_UP_WINDOWS,
  fromWindow: WARM_UP_WINDOWS,
  workerCount: workerCount!,
  stateDirectory,
  checkpointEveryMs: 2_000,
  onWindow: window => {
    if (window < WARM_UP_WINDOWS) return;
    globalThis.gc!();
    residentBytes.push(process.memoryUsage().rss);
  },
});
const [beforeBytes, ...afterBytes] = residentBytes;
console.log(
  JSON.stringify({
    grownBytes: afterBytes.map(bytes => bytes - beforeBytes!),
    rows: done.rows,
    checkpoints: done.checkpoints.length,
  }),
);
