import { availableParallelism } from 'node:os';
import type { Plan } from '../../../dsl/plan.ts';
import { type JobOptions, type JobWarning, type RunningJob, startJob } from '../../../engine/runtime/job.ts';
import { createNodePlatform } from '../../../engine/runtime/node-platform.ts';
import type { ClusterSettings, Settings } from '../../settings/settings.ts';
import type { Log } from '../log/log-line.ts';
import { jobOptions, storeFor } from '../run/job-options.ts';
import { startClusterJob } from './cluster-job.ts';
import { requireMovable } from './movable.ts';
import { planIdentity } from './plan-identity.ts';
import type { ShareContext } from './share-run.ts';

type Hooks = Pick<JobOptions, 'signal' | 'onSinksWaiting' | 'tracer'>;

/** Runs plans in a cluster, one after the other. */
export class ClusterRuns {
  readonly #cluster: ClusterSettings;
  readonly #settings: Settings;
  readonly #stateDirectory: string;
  readonly #log: Log;
  readonly #onDrain: () => void;
  #last: string | null = null;

  constructor(options: {
    readonly cluster: ClusterSettings;
    readonly settings: Settings;
    readonly stateDirectory: string;
    readonly log: Log;
    /** Somebody wants this process to leave. */
    readonly onDrain: () => void;
  }) {
    this.#onDrain = options.onDrain;
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#stateDirectory = options.stateDirectory;
    this.#log = options.log;
  }

  /** Errors: MR6035 at once; else as startClusterJob. */
  start(plan: Plan, { signal, onSinksWaiting, tracer }: Hooks): RunningJob {
    requireMovable(plan, storeFor(this.#settings));
    const identity = planIdentity(plan);
    const isChosen = this.#last !== null && this.#last !== identity;
    this.#last = identity;
    const waiting = new SinksOfShares(onSinksWaiting);
    const { name, process } = this.#cluster;
    return startClusterJob({
      cluster: this.#cluster,
      nats: { ...this.#settings.nats, onWarning: warning => this.#log({ level: 'warn', ...warning }) },
      plan,
      isChosen,
      platform: createNodePlatform(),
      stateDirectory: this.#stateDirectory,
      startJob: context => this.#startShare({ plan, tracer, waiting }, context),
      onWarning: warning => this.#log({ level: 'warn', ...warning }),
      onShare: ({ share, change }) =>
        this.#log({
          level: 'info',
          message: `share ${share} of ${name} is ${change}`,
          cluster: name,
          process,
          share,
          change,
        }),
      onDrain: () => {
        this.#log({ level: 'info', message: `${process} is drained: it gives its shares up, and ends` });
        this.#onDrain();
      },
      signal,
    });
  }

  /** A job with its own connections: what one of them waits for holds up no other. */
  #startShare({ plan, tracer, waiting }: ShareJob, context: ShareContext): RunningJob {
    const { share, platform, stateDirectory, guard, describe, signal } = context;
    const { nats } = this.#settings;
    const consumerPrefix = `${nats.consumerPrefix ?? 'millrace'}-${this.#cluster.name}-${share.index}`;
    const workers = this.#settings.workers === 'auto' ? OWN_THREADS : this.#settings.workers;
    const settings = { ...this.#settings, workers, nats: { ...nats, consumerPrefix } };
    const { close, connectors, store, ...own } = jobOptions({ plan, settings, stateDirectory, log: this.#log });
    const job = startJob({
      ...own,
      share,
      tracer,
      platform,
      connectors: new Map([...connectors].map(([name, connector]) => [name, guard(connector)])),
      ...(store === undefined ? {} : { store: guard(store) }),
      onSinksWaiting: causes => waiting.set(share.index, causes),
      onBacklog: backlog => describe({ behind: mostOf(Object.values(backlog)) }),
      signal,
    });
    const done = job.done.finally(() => {
      close();
      waiting.set(share.index, []);
    });
    return { ...job, done };
  }
}

type ShareJob = Pick<Hooks, 'tracer'> & { readonly plan: Plan; readonly waiting: SinksOfShares };

/** Null: it is not known of one. */
function mostOf(behind: readonly (number | null)[]): number | null {
  return behind.includes(null) ? null : Math.max(0, ...(behind as readonly number[])); // as: none is null
}

/** What the sinks of all shares wait for: the same is said once. */
class SinksOfShares {
  readonly #tell: Hooks['onSinksWaiting'];
  readonly #causes = new Map<number, readonly JobWarning[]>();

  constructor(tell: Hooks['onSinksWaiting']) {
    this.#tell = tell;
  }

  set(share: number, causes: readonly JobWarning[]): void {
    this.#causes.set(share, causes);
    const all = [...this.#causes.values()].flat();
    this.#tell?.(all.filter((cause, i) => all.findIndex(other => other.message === cause.message) === i));
  }
}

/** Of a share, where the settings leave it open: the shares of a process are what keeps its cores busy. */
const OWN_THREADS = availableParallelism() > 2 ? 1 : 0;
