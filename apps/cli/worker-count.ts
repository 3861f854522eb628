import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Plan } from '../../dsl/plan.ts';
import type { SourceAddress } from '../../engine/runtime/job.ts';
import { PARTITION_COUNT } from '../../engine/state/key-partition.ts';

/** How many threads share the keys; `auto`: as `workerCount` says. */
export type WorkersSetting = number | 'auto';

export const WORKERS_FORM = `a number of workers from 0 to ${PARTITION_COUNT}, or auto`;

/** Null where it is none. More than there are partitions would have nothing to do. */
export function workersOf(value: unknown): WorkersSetting | null {
  if (value === 'auto') return 'auto';
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= PARTITION_COUNT ? count : null;
}

/**
 * Of `auto`: one for each core where what is read is live or large, since nobody knows how much of it comes; none where
 * starting the threads would take longer than they save, where input is paced, and on a single core.
 */
export function workerCount(setting: WorkersSetting, input: Input): number {
  if (setting !== 'auto') return setting;
  const cores = availableParallelism();
  if (cores === 1 || input.speed !== 'max') return 0;
  return input.isFollowed || inputBytes(input) > LARGE_BYTES ? Math.min(cores, PARTITION_COUNT) : 0;
}

export type Input = {
  readonly plan: Plan;
  readonly sources: Readonly<Record<string, SourceAddress>>;
  readonly speed: number | 'max';
  readonly isFollowed: boolean;
};

/** Of all files; Infinity where something has no size: a journal, standard input, a pipe. */
function inputBytes({ plan, sources }: Input): number {
  let sum = 0;
  for (const node of plan.nodes) if (node.kind === 'source') sum += sizeBytes(sources[node.id] ?? node);
  return sum;
}

function sizeBytes({ connector, address, directory }: SourceAddress): number {
  if (connector !== 'file' || address === '-') return Infinity;
  const found = statSync(resolve(directory, address), { throwIfNoEntry: false });
  if (found === undefined) return 0; // told when it is opened
  return found.isFile() ? found.size : Infinity;
}

/** To start a thread takes about 0.2 s of a core; below this, two of them hardly save that (measured: CSV, three rules). */
const LARGE_BYTES = 20e6;
