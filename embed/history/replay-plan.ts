import { extname } from 'node:path';
import type { NatsSettings } from '../../connectors/nats/nats-settings.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import type { Plan, SourceNode } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import { MillraceError } from '../../engine/errors.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { reachOf } from '../../engine/plan-change/warm-up.ts';
import { historyPlan } from '../../engine/runtime/history/history-plan.ts';
import type { HistoryRows } from '../../engine/runtime/history/history-rows.ts';
import type { HistoryShare } from '../../engine/runtime/history/history-share.ts';
import { openPooledShares } from '../../engine/runtime/history/pooled-shares.ts';
import {
  type HistoryProgress,
  type HistorySummary,
  replayHistory,
  type Told,
} from '../../engine/runtime/history/replay-history.ts';
import type { JobWarning, SourceAddress } from '../../engine/runtime/job.ts';
import { isSharable } from '../../engine/runtime/workers/plan-slices.ts';
import { historySources } from './history-sources.ts';
import { type HistoryTask, openHistoryTask } from './history-task.ts';
import type { StoreAddress } from './store-address.ts';

export type ReplayPlanOptions = {
  /** What is told: [from, to) of event time. Null: from the first event, to the last. */
  readonly fromUs: number | null;
  readonly toUs: number | null;
  /** The present: the arrival clock goes no further. */
  readonly nowUs: number;
  /** Rules by name, with what they read; undefined: all. */
  readonly rules?: readonly string[] | undefined;
  /** Whose alerts and rows are told, by fields of their key; undefined: all. */
  readonly keys?: readonly Readonly<Record<string, Scalar>>[] | undefined;
  /** Rows of the series that the plan derives and stores are wanted, too. */
  readonly hasSeries?: boolean;
  /** Where raw series are; null: nowhere. */
  readonly store: StoreAddress | null;
  /** Files that streams are read from instead. */
  readonly sources?: Readonly<Record<string, SourceAddress>>;
  /** Threads that share the keys. 0: all is done on this one. */
  readonly workers: number;
  /** How long before `fromUs` reading begins. Default: as far as the plan looks back. */
  readonly warmUpUs?: number | undefined;
  /** Default: on threads of a pool, or on this one. */
  readonly openShares?: (tasks: readonly HistoryTask[]) => Promise<readonly HistoryShare[]>;
  readonly functions?: readonly string[];
  /** Where tables may be. */
  readonly nats?: NatsSettings | undefined;
  readonly questdb?: QuestDbSettings | undefined;
  /** Awaited; in one order, whatever `workers` is. All are marked as historical. */
  readonly onAlerts: (changes: readonly AlertChange[]) => void | Promise<void>;
  readonly onRows?: (rows: HistoryRows) => void | Promise<void>;
  readonly onProgress?: (progress: HistoryProgress) => void;
  readonly onWarning?: (warning: JobWarning) => void;
  readonly signal: AbortSignal;
};

/**
 * Runs rules of a plan over history: the same operators as live, over stored raw series and files, and never into what they wrote live.
 * docs/history.md says what is read and told.
 *
 * Errors: MR7340 too much arrived late · MR7341 a stream has no history · MR7342 the times · MR7343 there is nothing to run, and those of
 * `runJob`.
 */
export async function replayPlan(plan: Plan, options: ReplayPlanOptions): Promise<HistorySummary> {
  const { rules, keys, hasSeries = false, store, fromUs, toUs, signal, onRows = () => {} } = options;
  const run = historyPlan(plan, { rules, hasSeries });
  requireSomething(run);
  requireTimes(options);
  const { backUs, aheadUs } = reachOf(run);
  const from = fromUs ?? -Infinity;
  const window = { fromUs: from - (options.warmUpUs ?? backUs), toUs: (toUs ?? Infinity) + aheadUs };
  const { addresses, isStoreRead } = await historySources(run, { store, sources: options.sources ?? {} });
  const isShared = isSharable(run);
  const task: Omit<HistoryTask, 'share'> = {
    plan: run,
    sources: addresses,
    store: isStoreRead ? store : null,
    window,
    keys: isShared && keys !== undefined && !watchesStreams(run) ? keysByStream(run, keys) : {},
    functions: options.functions ?? [],
    nats: options.nats,
    questdb: options.questdb,
  };
  const { workers } = options;
  const count = isShared ? Math.max(1, workers) : 1;
  const tasks = Array.from({ length: count }, (_, index): HistoryTask => ({ ...task, share: { index, count } }));
  return await replayHistory({
    plan: run,
    shares: await (options.openShares ?? (workers === 0 ? openHere : openOnThreads))(tasks),
    window: { fromUs: from, toUs: toUs ?? Infinity },
    endUs: toUs === null ? null : Math.min(window.toUs, options.nowUs),
    ...(keys === undefined && rules === undefined ? {} : { isTold: told => isAsked(told, options) }),
    onAlerts: async changes => await options.onAlerts(changes.map(change => ({ ...change, historical: true }))),
    onRows,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.onWarning === undefined ? {} : { onWarning: options.onWarning }),
    signal,
  });
}

/** All changes of alerts in a window, in one order: for who compares or counts them. Memory: that of the changes. */
export async function alertsInHistory(
  plan: Plan,
  options: Omit<ReplayPlanOptions, 'onAlerts' | 'onRows' | 'hasSeries'>,
): Promise<readonly AlertChange[]> {
  const found: AlertChange[] = [];
  await replayPlan(plan, { ...options, onAlerts: changes => void found.push(...changes) });
  return found;
}

async function openHere(tasks: readonly HistoryTask[]): Promise<readonly HistoryShare[]> {
  return [await openHistoryTask(tasks[0]!)]; // all keys are in it
}

async function openOnThreads(tasks: readonly HistoryTask[]): Promise<readonly HistoryShare[]> {
  return openPooledShares(THREAD, tasks);
}

function isAsked({ rule, key }: Told, { rules, keys }: ReplayPlanOptions): boolean {
  if (rules !== undefined && rule !== undefined && !rules.includes(rule)) return false; // it suppresses one that is asked for
  return keys?.some(wanted => Object.entries(wanted).every(([name, value]) => key[name] === value)) ?? true;
}

/** When the first event of a stream arrived matters to keys that are expected. */
function watchesStreams({ nodes }: Plan): boolean {
  return nodes.some(node => node.kind === 'silence' && node.expectedBy !== null);
}

/** Of streams whose key is in all of them. */
function keysByStream(
  plan: Plan,
  keys: readonly Readonly<Record<string, Scalar>>[],
): Readonly<Record<string, readonly (readonly Scalar[])[]>> {
  const sources = plan.nodes.filter((node): node is SourceNode => node.kind === 'source' && node.key.length > 0);
  return Object.fromEntries(
    sources
      .filter(({ key }) => keys.every(wanted => key.every(name => Object.hasOwn(wanted, name))))
      .map(({ id, key }) => [id, keys.map(wanted => key.map(name => wanted[name]!))]),
  );
}

function requireSomething({ nodes }: Plan): void {
  if (nodes.some(({ kind }) => kind === 'rule' || kind === 'store')) return;
  throw new MillraceError('MR7343', 'there is nothing to replay: no rule, and no derived series', {
    hint: 'a stream that is made of another one and stored is a derived series; `replay … --into series` writes it',
  });
}

function requireTimes({ fromUs, toUs }: ReplayPlanOptions): void {
  if (fromUs === null || toUs === null || fromUs < toUs) return;
  throw new MillraceError('MR7342', 'the stretch ends before it begins', { hint: '--from is the earlier time' });
}

// Not './history-thread.ts': the compiled package has './history-thread.js'.
const THREAD = new URL(`./history-thread${extname(import.meta.url)}`, import.meta.url);
