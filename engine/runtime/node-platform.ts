import { setTimeout as delay } from 'node:timers/promises';
import type { RunObserver } from '../operators/run-observer.ts';
import { InlinePort } from './workers/inline-port.ts';
import { NodeDisk } from './node-disk.ts';
import type { Clock, Platform } from './platform.ts';
import { writingError } from './checkpoint/state-error.ts';
import { StateLock } from './state-lock.ts';
import { ThreadPort } from './workers/thread-port.ts';

/** This machine. `observer` sees what runs on the calling thread. */
export function createNodePlatform({ observer }: { readonly observer?: RunObserver } = {}): Platform {
  const disk = new NodeDisk();
  return {
    disk,
    clock: NODE_CLOCK,
    startWorker: index => new ThreadPort(index),
    startInline: symbols =>
      new InlinePort({ disk, monotonicMs: NODE_CLOCK.monotonicMs, giveWay: NODE_CLOCK.giveWay, symbols, observer }),
    lockFolder: async folder => {
      await disk.makeFolder(folder).catch(error => {
        throw writingError(folder, error);
      });
      return new StateLock(folder);
    },
  };
}

const NODE_CLOCK: Clock = {
  nowUs: () => Date.now() * 1000,
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => await delay(ms, undefined, { signal }).catch(() => {}), // aborted: that is soon enough
  giveWay: async () => await new Promise(resolve => setImmediate(resolve)),
};
