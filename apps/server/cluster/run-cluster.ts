import { randomUUID } from 'node:crypto';
import { openSharedStore } from '../../../connectors/nats/cluster/open-shared-store.ts';
import type { NatsSettings } from '../../../connectors/nats/nats-settings.ts';
import type { Plan } from '../../../dsl/plan.ts';
import { isSharable } from '../../../engine/runtime/workers/plan-slices.ts';
import { bucketOf, type ClusterSettings } from './cluster-settings.ts';
import { Member, type MemberOptions } from './member.ts';
import { planIdentity } from './plan-identity.ts';

/** Runs this process's shares of the plan, until the signal aborts or it is drained. Errors and warnings: those of Member. */
export async function runCluster(
  options: Pick<MemberOptions, 'platform' | 'stateDirectory' | 'startJob' | 'onWarning' | 'onShare' | 'signal'> & {
    readonly cluster: ClusterSettings;
    readonly nats: NatsSettings;
    readonly plan: Plan;
  },
): Promise<void> {
  const { cluster, nats, plan, ...rest } = options;
  const { replicas } = cluster;
  const store = await openSharedStore(nats, { bucket: bucketOf(cluster), replicas });
  try {
    const member = new Member({
      ...rest,
      store,
      name: cluster.process,
      session: randomUUID(),
      shareCount: isSharable(plan) ? cluster.shares : 1,
      plan: planIdentity(plan),
    });
    await member.run();
  } finally {
    await store.close();
  }
}
