import { setTimeout as delay } from 'node:timers/promises';
import type { JournalOptions } from '../../connectors/journal/journal-options.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { ProcessLock } from '../../engine/runtime/process-lock.ts';

/** The journals of this machine under a folder. */
export function journalsIn(root: string): JournalOptions {
  return { disk: new NodeDisk(), root, takeLock: path => ProcessLock.take(path), sleep };
}

/** Aborted, it is over earlier. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
