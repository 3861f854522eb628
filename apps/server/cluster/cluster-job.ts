import { randomUUID } from 'node:crypto';
import { openSharedStore } from '../../../connectors/nats/cluster/open-shared-store.ts';
import type { NatsSettings } from '../../../connectors/nats/nats-settings.ts';
import type { Plan } from '../../../dsl/plan.ts';
import type { JobWarning, RunningJob, Summary } from '../../../engine/runtime/job.ts';
import type { JobMetrics } from '../../../engine/runtime/metrics/job-metrics.ts';
import type { Platform } from '../../../engine/runtime/platform.ts';
import { isSharable } from '../../../engine/runtime/workers/plan-slices.ts';
import type { ClusterSettings } from '../../settings/settings.ts';
import { bucketOf } from './entry-keys.ts';
import { Member, type ShareChange } from './member.ts';
import { countedOf, mergedMetrics } from './merged-metrics.ts';
import { planIdentity } from './plan-identity.ts';
import type { ShareContext } from './share-run.ts';

export type ClusterJobOptions = {
  readonly cluster: ClusterSettings;
  readonly nats: NatsSettings;
  readonly plan: Plan;
  /** Somebody has chosen these rules now, over those that ran here: they are the newest. */
  readonly isChosen: boolean;
  readonly platform: Platform;
  /** Where the working copies of the shares' states are. */
  readonly stateDirectory: string;
  readonly startJob: (context: ShareContext) => RunningJob;
  readonly onWarning: (warning: JobWarning) => void;
  readonly onShare: (change: ShareChange) => void;
  readonly onDrain: () => void;
  readonly signal: AbortSignal;
};

/**
 * This process's shares of a plan, seen as one job: it has opened when it knows which shares it has, and those read; when the signal
 * aborts, or the process is drained, they are given up. Errors and warnings: those of Member, of its jobs, MR5101–MR5104.
 */
export function startClusterJob(options: ClusterJobOptions): RunningJob {
  const opening = Promise.withResolvers<void>();
  opening.promise.catch(() => {}); // `done` tells it as well
  const metrics = new ShareMetrics();
  const done = run(options, opening, metrics);
  done.catch(opening.reject);
  return { opened: opening.promise, done, metrics: async () => await metrics.now() };
}

async function run(
  options: ClusterJobOptions,
  opening: PromiseWithResolvers<void>,
  metrics: ShareMetrics,
): Promise<Summary> {
  const { cluster, nats, plan, startJob, ...rest } = options;
  const store = await openSharedStore(nats, { bucket: bucketOf(cluster.name), replicas: cluster.replicas });
  try {
    const member = new Member({
      ...rest,
      store,
      name: cluster.process,
      session: randomUUID(),
      shareCount: isSharable(plan) ? cluster.shares : 1,
      plan: planIdentity(plan),
      startJob: context => metrics.watch(startJob(context)),
    });
    member.opened.then(opening.resolve, opening.reject);
    await member.run();
  } finally {
    await store.close();
  }
  return (await metrics.now()).counts;
}

/** What all shares that ran here have counted, and what those that run say. */
class ShareMetrics {
  readonly #running = new Set<RunningJob>();
  #ended: JobMetrics | null = null;

  watch(job: RunningJob): RunningJob {
    this.#running.add(job);
    job.done.catch(() => {}).then(async () => await this.#end(job));
    return job;
  }

  async now(): Promise<JobMetrics> {
    const running = await Promise.all([...this.#running].map(job => job.metrics()));
    return mergedMetrics([...(this.#ended === null ? [] : [this.#ended]), ...running]);
  }

  async #end(job: RunningJob): Promise<void> {
    const metrics = countedOf(await job.metrics());
    this.#ended = mergedMetrics(this.#ended === null ? [metrics] : [this.#ended, metrics]);
    this.#running.delete(job);
  }
}
