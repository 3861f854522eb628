import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import type { EventBatch } from '../../engine/batch.ts';
import type { Engine } from '../../engine/engine.ts';
import { Stopwatch } from '../stopwatch.ts';

/** As a job reads them (engine/runtime/job.ts). */
export const BATCH_EVENTS = 4_096;

export type Load = {
  readonly events: number;
  /** Of processor time, of all threads of the process: other programs on the machine change it less. */
  readonly seconds: number;
  /** Of the batch that took longest, by the clock. */
  readonly longestMs: number;
};

/** Pushes batches until they have taken so many seconds, and at least so many events; making them is not timed. */
export function load(
  engine: Engine,
  nextBatch: () => EventBatch,
  least: { readonly events?: number; readonly seconds?: number },
): Load {
  let events = 0;
  let seconds = 0;
  let longestMs = 0;
  while (events < (least.events ?? 1) || seconds < (least.seconds ?? 0)) {
    const batch = nextBatch();
    events += batch.length; // the engine owns it from then on
    const start = Stopwatch.start();
    engine.push(batch);
    const { cpuMs, ms } = start.stop();
    seconds += cpuMs / 1_000;
    longestMs = Math.max(longestMs, Math.min(cpuMs, ms));
  }
  return { events, seconds, longestMs };
}

export function nsPerEvent({ events, seconds }: Load): number {
  return (seconds * 1e9) / events;
}

export function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 'scaling.mill', text });
  if (plan === null) throw new Error(JSON.stringify(diagnostics[0]));
  return plan;
}

/** Of the heap and of arrays, after a full collection. */
export function usedBytes(): number {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
