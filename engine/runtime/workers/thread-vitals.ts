import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Vitals } from '../metrics/worker-report.ts';

const RESOLUTION_MS = 20;

/** Of the calling thread, of the time since the call before; nothing is measured before the first one. */
export function threadVitals(): () => Vitals {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let isMeasured = false;
  return () => {
    if (!isMeasured) delay.enable();
    isMeasured = true;
    const { used_heap_size, external_memory } = getHeapStatistics();
    const eventLoopDelay =
      delay.count === 0
        ? { meanSeconds: 0, maxSeconds: 0 }
        : { meanSeconds: beyondResolution(delay.mean), maxSeconds: beyondResolution(delay.max) };
    delay.reset();
    return { heapBytes: used_heap_size + external_memory, eventLoopDelay };
  };
}

/** What is measured is the distance of two looks. */
function beyondResolution(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);
}
