import { resolve } from 'node:path';
import type { NatsOptions } from '../connectors/nats/nats-settings.ts';
import type { QuestDbSettings } from '../connectors/questdb/settings.ts';
import type { Scalar } from '../engine/batch.ts';
import type { OutputRow } from '../engine/connector.ts';
import type { AlertChange } from '../engine/operator.ts';
import type { HistoryProgress, HistorySummary } from '../engine/runtime/history/replay-history.ts';
import type { JobWarning } from '../engine/runtime/job.ts';
import type { FunctionModule } from './functions.ts';
import { replayPlan } from './history/replay-plan.ts';
import type { StoreAddress } from './history/store-address.ts';
import type { PlanJson } from './plan-json.ts';
import { planOf } from './plan-of.ts';
import type { Rules } from './rule-texts.ts';

/** What is run over history, and what is told of it; all may be left out. Times are in microseconds since 1970. */
export type ReplayOptions = {
  /** What is told: from then on. Default: all. */
  readonly fromUs?: number;
  /** What is told: before then. Default: to the end of what there is. */
  readonly toUs?: number;
  /** Only these rules, with what they read. */
  readonly rules?: readonly string[];
  /** Only these keys, by the fields of the key. */
  readonly keys?: readonly Readonly<Record<string, Scalar>>[];
  /** Where raw series are. Default: nowhere, and streams come from files. */
  readonly store?: 'questdb' | { readonly duckdb: string };
  readonly questdb?: QuestDbSettings;
  /** Where tables `from kv` are. */
  readonly nats?: NatsOptions;
  /** Files that streams are read from, by stream: NDJSON, CSV, Parquet. */
  readonly sources?: Readonly<Record<string, string>>;
  /** Threads that share the keys; what comes out is the same for any number. 0, the default: the calling thread does all. */
  readonly workers?: number;
  /** How long before `fromUs` reading begins. Default: as far as the rules look back. */
  readonly warmUpUs?: number;
  /** What `loadFunctions` gave. */
  readonly functions?: FunctionModule;
  /** Each change, in order of time as the live run had it, with `historical: true`. A promise is awaited. */
  readonly onAlert?: (change: AlertChange) => void | Promise<void>;
  /** Rows of the series that the plan derives and stores. A promise is awaited. */
  readonly onRows?: (stream: string, rows: readonly OutputRow[]) => void | Promise<void>;
  readonly onProgress?: (progress: HistoryProgress) => void;
  readonly onWarning?: (warning: JobWarning) => void;
  /** Ends it between two slices of time; the summary says what was counted until then. */
  readonly signal?: AbortSignal;
};

/**
 * Runs rules over history: the plan and the operators of a live run, over stored raw series and files, with the same results to the last
 * bit. Nothing is written: what it finds is given to `onAlert` and `onRows`. Operators' actions are not replayed. Memory: that of a run, a slice of
 * results, and what arrived late. Cost: that of a run, shared by `workers`.
 *
 * Errors: MR7200 the rules are wrong · MR7010 the plan cannot run · MR7340 too much arrived late · MR7341 a stream has no history · MR7342 it ends
 * before it begins · MR7343 there is nothing to run · MR5xxx of stores and files.
 *
 * @example
 * const changes: AlertChange[] = [];
 * await replay({ files: ['rules/pumps.mill'] }, { store: { duckdb: 'store.duckdb' }, onAlert: change => void changes.push(change) });
 */
export async function replay(planOrRules: PlanJson | Rules, options: ReplayOptions = {}): Promise<HistorySummary> {
  const { functions, sources = {}, onAlert, onRows, onProgress, onWarning } = options;
  const plan = planOf(planOrRules, functions === undefined ? {} : { functions });
  const files = Object.entries(sources).map(
    ([stream, address]) => [stream, { connector: 'file', address, directory: process.cwd() }] as const,
  );
  return await replayPlan(plan, {
    fromUs: options.fromUs ?? null,
    toUs: options.toUs ?? null,
    nowUs: Date.now() * 1_000,
    rules: options.rules,
    keys: options.keys,
    hasSeries: onRows !== undefined,
    store: storeOf(options),
    sources: Object.fromEntries(files),
    workers: options.workers ?? 0,
    warmUpUs: options.warmUpUs,
    functions: functions === undefined ? [] : [functions.url],
    nats: options.nats,
    questdb: options.questdb,
    onAlerts: async changes => {
      for (const change of changes) await onAlert?.(change);
    },
    onRows: async rows => await onRows?.(rows.stream, rows.rows),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onWarning === undefined ? {} : { onWarning }),
    signal: options.signal ?? new AbortController().signal,
  });
}

function storeOf({ store, questdb }: ReplayOptions): StoreAddress | null {
  if (store === undefined) return null;
  if (store !== 'questdb') return { kind: 'duckdb', path: resolve(store.duckdb) };
  return { kind: 'questdb', settings: questdb ?? { url: 'http://127.0.0.1:9000' } };
}
