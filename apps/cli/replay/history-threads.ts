import { availableParallelism } from 'node:os';
import type { Plan, SourceNode } from '../../../dsl/plan.ts';
import type { SourceAddress } from '../../../engine/runtime/job.ts';
import { workerCount, type WorkersSetting } from '../worker-count.ts';

/** How many threads share the keys of a history. Nobody knows how much a store has: there it is one for each core. */
export function historyThreads(
  setting: WorkersSetting,
  { plan, sources }: { readonly plan: Plan; readonly sources: Readonly<Record<string, SourceAddress>> },
): number {
  const nodes = plan.nodes.filter((node): node is SourceNode => node.kind === 'source');
  const areFiles = nodes.every(node => (sources[node.id] ?? node).connector === 'file');
  if (setting !== 'auto' || areFiles) return workerCount(setting, { plan, sources, speed: 'max', isFollowed: false });
  const cores = availableParallelism();
  return cores === 1 ? 0 : Math.min(cores, MOST_THREADS);
}

const MOST_THREADS = 16;
