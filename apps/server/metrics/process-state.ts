import { threadVitals } from '../../../engine/runtime/workers/thread-vitals.ts';
import type { ProcessState } from './metric.ts';

/** Of this process and its main thread; delays are those since the call before. */
export function processState(): () => ProcessState {
  const vitals = threadVitals();
  const startSeconds = Date.now() / 1000 - process.uptime();
  return () => {
    const { user, system } = process.cpuUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
      startSeconds,
      ...vitals(),
    };
  };
}
