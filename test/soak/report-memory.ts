import { threadId } from 'node:worker_threads';
import { memoryOfThreads, MEASURES } from './memory-of-threads.ts';

/** Preloaded into the run and its workers: every thread says once a second what its JavaScript takes. */
const memory = memoryOfThreads();
setInterval(() => {
  const { heapUsed, external } = process.memoryUsage();
  memory.set([heapUsed, external], threadId * MEASURES);
}, 1_000).unref();
