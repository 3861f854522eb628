import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { ThreadMeasure } from './measure.ts';

export const MEASURES = 2;

/** By thread: bytes of its heap, and of what hangs on it. Made by the main thread; threads that it starts get it. */
export function memoryOfThreads(): Float64Array {
  const given = getEnvironmentData(NAME);
  if (given instanceof SharedArrayBuffer) return new Float64Array(given);
  const shared = new SharedArrayBuffer(MAX_THREADS * MEASURES * Float64Array.BYTES_PER_ELEMENT);
  setEnvironmentData(NAME, shared);
  return new Float64Array(shared);
}

export function threadMeasures(): ThreadMeasure[] {
  const memory = memoryOfThreads();
  const threads = Array.from({ length: MAX_THREADS }, (_, threadId) => ({
    threadId,
    heapBytes: memory[threadId * MEASURES]!,
    externalBytes: memory[threadId * MEASURES + 1]!,
  }));
  return threads.filter(({ heapBytes }) => heapBytes > 0);
}

const NAME = 'memory of threads';
const MAX_THREADS = 17;
