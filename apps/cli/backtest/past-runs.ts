import { type Plan, PLAN_VERSION, type SourceNode } from '../../../dsl/plan.ts';
import { historySources } from '../../../embed/history/history-sources.ts';
import { STORED } from '../../../embed/history/history-task.ts';
import { replayPlan, type ReplayPlanOptions } from '../../../embed/history/replay-plan.ts';
import type { Scalar } from '../../../engine/batch.ts';
import type { RowBatch } from '../../../engine/connector.ts';
import type { AlertChange } from '../../../engine/operator.ts';
import type { SourceAddress } from '../../../engine/runtime/job.ts';
import type { Settings } from '../../settings/settings.ts';
import { writeCodedMessage } from '../coded-message.ts';
import { historyThreads } from '../replay/history-threads.ts';
import { ReplayProgress } from '../replay/replay-progress.ts';
import { replayedKey } from '../replay/replayed-keys.ts';
import type { StretchOptions } from '../replay/stretch-options.ts';
import { sourceOverrides } from '../source-overrides.ts';
import { storeAddressOf } from '../store-option.ts';
import { timeOf } from '../time-option.ts';
import type { WorkersSetting } from '../worker-count.ts';

/** What is heard of a run. */
export type Hearing = {
  readonly onAlert: (change: AlertChange) => void;
  /** Of the series that the plan stores. */
  readonly onRows: (batch: RowBatch) => void;
};

/** One stretch of the past, over which plans are run: all of them over the same events. */
export class PastRuns {
  /** Where events come from: for people. */
  readonly description: string;
  readonly #sources: ReadonlyMap<string, SourceNode>; // of all plans
  readonly #options: Omit<ReplayPlanOptions, 'workers' | 'onAlerts'>;
  readonly #workers: WorkersSetting;
  readonly #progress = new ReplayProgress();

  private constructor(options: {
    readonly description: string;
    readonly sources: ReadonlyMap<string, SourceNode>;
    readonly replay: Omit<ReplayPlanOptions, 'workers' | 'onAlerts'>;
    readonly workers: WorkersSetting;
  }) {
    this.description = options.description;
    this.#sources = options.sources;
    this.#options = options.replay;
    this.#workers = options.workers;
  }

  /**
   * Streams that plans have in common are read from where the first one says. Errors: MR7002, MR7050, MR7341 a stream has no history,
   * MR7344, and those of the store.
   */
  static async open(
    plans: readonly Plan[],
    { settings, signal, ...options }: StretchOptions & { readonly settings: Settings; readonly signal: AbortSignal },
  ): Promise<PastRuns> {
    const sources = sourcesOf(plans);
    const all: Plan = { version: PLAN_VERSION, nodes: [...sources.values()] };
    const nowUs = Date.now() * 1_000; // the same for all runs
    const timeUs = (text: string | undefined, option: string) =>
      text === undefined ? null : timeOf(text, { option, nowUs });
    const store = storeAddressOf(options.store ?? settings.store, settings.questdb);
    const named = sourceOverrides(options.source, all);
    const { addresses } = await historySources(all, { store, sources: named });
    const warned = new Set<string>(); // bound: there are so many messages
    return new PastRuns({
      description: [...sources.values()].map(source => placeOf(source, addresses[source.id] ?? source)).join(', '),
      sources,
      workers: options.workers ?? settings.workers,
      replay: {
        fromUs: timeUs(options.from, '--from'),
        toUs: timeUs(options.to, '--to'),
        nowUs,
        ...(options.key.length === 0 ? {} : { keys: options.key.map(key => replayedKey(key, all)) }),
        hasSeries: true,
        store,
        sources: named,
        warmUpUs: options.warmUp,
        nats: settings.nats,
        questdb: settings.questdb,
        onWarning: warning => {
          const text = `${warning.code} ${warning.message}`;
          if (!warned.has(text)) writeCodedMessage({ severity: 'warning', ...warning });
          warned.add(text);
        },
        signal,
      },
    });
  }

  /** Whether alerts of such a place are told. */
  isToldOf(where: Readonly<Record<string, string>>): boolean {
    const isSo = (name: string, value: Scalar) => where[name] === undefined || where[name] === String(value);
    return this.#options.keys?.some(key => Object.entries(key).every(([name, value]) => isSo(name, value))) ?? true;
  }

  /** Of an abort it ends early. Errors: those of `replayPlan`. */
  async run(plan: Plan, { onAlert, onRows }: Hearing): Promise<void> {
    try {
      const placed = { ...plan, nodes: plan.nodes.map(node => this.#placed(node)) };
      await replayPlan(placed, {
        ...this.#options,
        workers: historyThreads(this.#workers, { plan: placed, sources: this.#options.sources ?? {} }),
        onAlerts: changes => changes.forEach(onAlert),
        onRows,
        onProgress: progress => this.#progress.show(progress),
      });
    } finally {
      this.#progress.hide();
    }
  }

  #placed<N extends Plan['nodes'][number]>(node: N): N {
    const first = this.#sources.get(node.id);
    if (node.kind !== 'source' || first === undefined) return node;
    const { connector, address, directory, codec } = first;
    return { ...node, connector, address, directory, codec };
  }
}

/** The first of each name. */
function sourcesOf(plans: readonly Plan[]): ReadonlyMap<string, SourceNode> {
  const sources = new Map<string, SourceNode>();
  for (const node of plans.flatMap(({ nodes }) => nodes)) {
    if (node.kind === 'source' && !sources.has(node.id)) sources.set(node.id, node);
  }
  return sources;
}

function placeOf({ id }: SourceNode, { connector, address }: SourceAddress): string {
  return connector === STORED ? `the stored series ${id}` : `${id} from ${connector} ${address}`;
}
