import { parentPort } from 'node:worker_threads';
import { NodeDisk } from '../node-disk.ts';
import { threadVitals } from './thread-vitals.ts';
import { WorkerHost } from './worker-host.ts';
import type { ToWorker } from './worker-protocol.ts';

/** Where a worker thread begins. */
const port = parentPort!; // this file is only ever run as a worker
const host = new WorkerHost({
  post: (message, transfer) => port.postMessage(message, transfer),
  disk: new NodeDisk(),
  monotonicMs: () => performance.now(),
  vitals: threadVitals(),
  giveWay: async () => await new Promise(resolve => setImmediate(resolve)),
});
port.on('message', (message: ToWorker) => void host.take(message));
