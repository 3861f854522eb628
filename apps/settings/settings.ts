import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { NatsSettings } from '../../connectors/nats/nats-settings.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import type { StateBudgets } from '../../engine/runtime/state-budget.ts';
import { CommandLineError } from '../cli/command-line-error.ts';
import { workersOf, type WorkersSetting } from '../cli/worker-count.ts';
import { CheckedSettings } from './checked-settings.ts';
import { natsSettings, questDbSettings } from './server-settings.ts';

/** What a settings file says, and the environment over it; the command line wins over both. */
export type Settings = {
  /** Whose rule files are run, absolute. */
  readonly rulesDirectory: string;
  /** Folder of the state between runs, absolute; null: nothing is said. */
  readonly stateDirectory: string | null;
  readonly workers: WorkersSetting;
  /** How many keys each stream may have; undefined: the engine's default. */
  readonly maxKeys: number | undefined;
  /** Undefined: the engine's default. */
  readonly checkpointEveryMs: number | undefined;
  /** What state may take in memory; undefined: anything. */
  readonly budgets: StateBudgets | undefined;
  readonly stopTimeoutMs: number;
  readonly http: HttpSettings;
  /** Null: this process runs alone. */
  readonly cluster: ClusterSettings | null;
  readonly metrics: MetricsSettings;
  /** Undefined: nothing is traced. */
  readonly traces: TraceSettings | undefined;
  readonly journal: JournalSettings;
  readonly nats: NatsSettings;
  readonly questdb: QuestDbSettings;
  /** Where series are stored; undefined: nothing is said. */
  readonly store: string | undefined;
};

/** Of several processes that share the work. */
export type ClusterSettings = {
  /** The same for all of them, and for no others. */
  readonly name: string;
  /** Of this process. */
  readonly process: string;
  /** Into how many the keys are divided; the same for all, for good. */
  readonly shares: number;
  /** Of what the cluster keeps in JetStream. */
  readonly replicas: number;
};

export type HttpSettings = {
  readonly address: string;
  readonly port: number;
  readonly token: string | undefined;
};

export type MetricsSettings = {
  /** Names that a label has at most. */
  readonly maxLabelNames: number;
};

export type TraceSettings = {
  /** Of a collector that takes OTLP over HTTP. */
  readonly endpoint: string;
  /** Of rounds, 0..1. */
  readonly ratio: number;
};

export type JournalSettings = {
  /** Folder of the journals, absolute. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAgeUs: number;
};

export const SETTINGS_FILE = 'millrace.yaml';

/**
 * Settings of a file, or of `millrace.yaml` in the working directory, which need not be there.
 *
 * Errors: MR7001 the file cannot be read · MR7004 something in it, or in the environment, is wrong: all that is.
 */
export function readSettings(file?: string): Settings {
  const path = file ?? SETTINGS_FILE;
  const text = file === undefined && !existsSync(path) ? '' : readText(path);
  return settingsOf(
    new CheckedSettings({ file: path, text, directory: dirname(resolve(path)), environment: process.env }),
  );
}

/** Errors: MR7004. */
export function settingsOf(checked: CheckedSettings): Settings {
  const everyUs = checked.us('checkpoint.every');
  const settings = {
    rulesDirectory: checked.path('rules', 'rules')!,
    stateDirectory: checked.path('state') ?? null,
    workers: workersOf(checked.raw('workers')) ?? 'auto',
    maxKeys: checked.count('keys'),
    checkpointEveryMs: everyUs === undefined ? undefined : everyUs / 1_000,
    budgets: budgets(checked),
    stopTimeoutMs: (checked.us('stop.timeout') ?? STOP_TIMEOUT_US) / 1_000,
    http: {
      address: checked.text('http.address') ?? '127.0.0.1',
      port: (checked.raw('http.port') as number | undefined) ?? HTTP_PORT, // as: the schema says so
      token: checked.secret('http.token', { minLength: 16 }),
    },
    cluster: clusterSettings(checked),
    metrics: { maxLabelNames: (checked.raw('metrics.labels') as number | undefined) ?? MAX_LABEL_NAMES }, // as: the schema says so
    traces: traces(checked),
    journal: {
      directory: checked.path('journal.directory', '.millrace/journal')!,
      maxBytes: checked.bytes('journal.maxSize') ?? GIBIBYTE,
      maxAgeUs: checked.us('journal.maxAge') ?? WEEK_US,
    },
    nats: natsSettings(checked),
    questdb: questDbSettings(checked),
    store: store(checked),
  };
  checked.end();
  return settings;
}

function budgets(checked: CheckedSettings): StateBudgets | undefined {
  const totalBytes = checked.bytes('memory.total');
  const ruleBytes = checked.bytes('memory.rule');
  if (totalBytes === undefined && ruleBytes === undefined) return undefined;
  return { totalBytes: totalBytes ?? Infinity, ruleBytes: ruleBytes ?? Infinity };
}

function clusterSettings(checked: CheckedSettings): ClusterSettings | null {
  const name = checked.text('cluster.name');
  const shares = checked.raw('cluster.shares') as number | undefined; // as: the schema says so
  const replicas = checked.raw('cluster.replicas') as number | undefined; // as above
  const process =
    checked.text('cluster.process') ??
    hostname()
      .replaceAll(/[^\w-]/g, '-')
      .slice(0, 64);
  if (name !== undefined) return { name, process, shares: shares ?? SHARES, replicas: replicas ?? 1 };
  for (const [setting, value] of [
    ['cluster.shares', shares],
    ['cluster.replicas', replicas],
  ] as const) {
    if (value !== undefined)
      checked.refuse(setting, `${setting} is of a cluster, and there is no cluster.name`, CLUSTER);
  }
  return null;
}

function traces(checked: CheckedSettings): TraceSettings | undefined {
  const endpoint = checked.text('traces.endpoint');
  const ratio = (checked.raw('traces.ratio') as number | undefined) ?? TRACED_RATIO; // as: the schema says so
  return endpoint === undefined ? undefined : { endpoint, ratio };
}

/** A file's path is absolute. */
function store(checked: CheckedSettings): string | undefined {
  const written = checked.text('store');
  if (written === undefined || !/^duckdb(:|$)/.test(written)) return written;
  return `duckdb:${resolve(checked.directoryOf('store'), written.slice('duckdb:'.length) || '.millrace/store.duckdb')}`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new CommandLineError('MR7001', `${path} cannot be read: ${message}`);
    throw new CommandLineError('MR7001', `there is no file ${path}`, `the working directory is ${process.cwd()}`);
  }
}

const HTTP_PORT = 7420;
const SHARES = 8;
const CLUSTER = 'write `cluster: { name: plant, shares: 8 }`';
const MAX_LABEL_NAMES = 500;
const TRACED_RATIO = 0.01;
const STOP_TIMEOUT_US = 30e6;
const GIBIBYTE = 2 ** 30;
const WEEK_US = 604_800e6;
