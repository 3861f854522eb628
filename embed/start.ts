import { createDuckDbConnector } from '../connectors/duckdb/index.ts';
import { createConnectors } from '../connectors/index.ts';
import { MemoryConnector } from '../connectors/memory/index.ts';
import type { NatsOptions } from '../connectors/nats/nats-settings.ts';
import { createQuestDbConnector } from '../connectors/questdb/index.ts';
import type { QuestDbSettings } from '../connectors/questdb/settings.ts';
import { createStoredConnector } from '../connectors/stored/index.ts';
import { CONNECTORS } from '../dsl/check/connectors.ts';
import type { Plan } from '../dsl/plan.ts';
import type { Rejection } from '../engine/batch.ts';
import type { Connector } from '../engine/connector.ts';
import { MillraceError } from '../engine/errors.ts';
import type { JobWarning } from '../engine/runtime/job.ts';
import { NodeDisk } from '../engine/runtime/node-disk.ts';
import { ProcessLock } from '../engine/runtime/process-lock.ts';
import type { StateBudgets } from '../engine/runtime/state-budget.ts';
import { codecsOf, connectorsOf, type Extensions } from './extensions.ts';
import { Inboxes, sleep } from './inboxes.ts';
import type { PlanJson } from './plan-json.ts';
import { planOf } from './plan-of.ts';
import type { Rules } from './rule-texts.ts';
import type { Run } from './run.ts';
import { StartedRun } from './started-run.ts';

/** What a run needs of the world around it; all of it may be left out. */
export type StartOptions = Extensions & {
  /** Folder of the state between runs; without it every run begins anew. One run at a time has it (MR6004). */
  readonly state?: string;
  /** Threads that share the keys; results are the same for any number. 0, the default: the calling thread does all. */
  readonly workers?: number;
  /** How often state is written, and with it how much is read again after a crash. Default 5,000. */
  readonly checkpointEveryMs?: number;
  /** How many keys each stream may have at one time; events of others are rejected (MR4021). Default 2,000,000. */
  readonly maxKeys?: number;
  /** What state may take in memory; a rule that goes beyond it is paused (MR6010). Default: anything. */
  readonly budgets?: StateBudgets;
  /** Where NATS is, for `from nats`, `to nats` and `from kv`. */
  readonly nats?: NatsOptions;
  /** Where QuestDB is, for `from questdb` and as a store. */
  readonly questdb?: QuestDbSettings;
  /** Where `store` statements write: `questdb`, a DuckDB file, or `none`, which leaves them out. A plan with some asks for it (MR7012). */
  readonly store?: 'questdb' | { readonly duckdb: string } | 'none';
  /** Folder of the journals that are read and pushed to. Default `.millrace/journal`. */
  readonly journals?: string;
  /** Ends the run as `stop` does. */
  readonly signal?: AbortSignal;
  /** What somebody should know, and that stops nothing: each trouble once. Default: standard error. */
  readonly onWarning?: (warning: JobWarning) => void;
  /** An event that is refused, with the reason. Default: they are counted. */
  readonly onRejected?: (rejection: Rejection) => void;
};

/**
 * Starts a plan, or rules that it compiles, in this process. It returns at once; the run begins when the caller has had the
 * time to ask for alerts and rows.
 *
 * Errors, thrown: MR7200 the rules are wrong, with their report as message · MR7010 the plan cannot run · MR7012 no store is
 * named · MR7001 a file cannot be read · MR7205 a name of an extension · MR7206 the plan names a connector that is not there. What happens later is told by `done`.
 *
 * @example
 * const run = start({ files: ['rules/pumps.mill'] }, { state: '.millrace', nats: { servers: ['localhost:4222'] } });
 * for await (const alert of run.alerts()) console.log(alert.level, alert.message);
 */
export function start(planOrRules: PlanJson | Rules, options: StartOptions = {}): Run {
  const plan = storedPlan(planOf(planOrRules, options), options);
  const memory = new MemoryConnector({ arrivalClock: 'recorded' });
  const codecs = codecsOf(options);
  const disk = new NodeDisk();
  const journals = {
    disk,
    root: options.journals ?? '.millrace/journal',
    codecs,
    takeLock: (path: string) => ProcessLock.take(path),
    sleep,
  };
  const onWarning = options.onWarning ?? warn;
  const builtIn = createConnectors({
    disk,
    log: { write: lines => process.stdout.write(lines), isJson: false },
    journals,
    memory,
    ...(options.nats === undefined ? {} : { nats: { ...options.nats, codecs, onWarning } }),
    ...(options.questdb === undefined ? {} : { questdb: options.questdb }),
  });
  const connectors = new Map([...builtIn, ...connectorsOf(options)]);
  requireConnectors(plan, connectors);
  return new StartedRun({
    plan,
    inboxes: new Inboxes({ plan, memory, journals }),
    signal: options.signal,
    onEnd: async () => {
      for (const connector of options.connectors ?? []) await connector.close?.();
    },
    job: {
      plan,
      connectors,
      store: storeOf(options),
      openStretch: createStoredConnector,
      functions: options.functions === undefined ? [] : [options.functions.url],
      workerCount: options.workers ?? 0,
      stateDirectory: options.state ?? null,
      checkpointEveryMs: options.checkpointEveryMs,
      maxKeys: options.maxKeys,
      budgets: options.budgets,
      onWarning,
      onStoreRefused: ({ code, stream, reason, count }) =>
        onWarning({ code, message: `${count} rows of ${stream} are not stored: ${reason}` }),
      ...(options.onRejected === undefined ? {} : { onRejected: options.onRejected }),
    },
  });
}

/** Those of the program: of another one, a plan may name what is not here. */
function requireConnectors(plan: Plan, connectors: ReadonlyMap<string, Connector>): void {
  for (const node of plan.nodes) {
    const name = node.kind === 'source' ? node.connector : node.kind === 'route' ? node.target.connector : undefined;
    if (name === undefined || connectors.has(name) || Object.hasOwn(CONNECTORS, name)) continue;
    const hint = `start it with \`connectors: [${name}]\`, as it was compiled`;
    throw new MillraceError('MR7206', `the plan names the connector ${name}, which this program does not bring`, {
      hint,
    });
  }
}

/** A plan that stores nothing is as good without a store. */
function storedPlan(plan: Plan, { store }: StartOptions): Plan {
  const stored = plan.nodes.flatMap(node => (node.kind === 'store' ? [node.input] : []));
  if (store === undefined && stored.length > 0) {
    throw new MillraceError('MR7012', `no store is named for ${stored.join(', ')}`, {
      hint: "start with `store: 'questdb'` or `store: { duckdb: 'store.duckdb' }`, or with `store: 'none'` to leave them out",
    });
  }
  return store === 'none' ? { ...plan, nodes: plan.nodes.filter(node => node.kind !== 'store') } : plan;
}

function storeOf({ store, questdb }: StartOptions): Connector | undefined {
  if (store === undefined || store === 'none') return undefined;
  if (store !== 'questdb') return createDuckDbConnector({ path: store.duckdb });
  return createQuestDbConnector(questdb ?? { url: 'http://127.0.0.1:9000' });
}

function warn({ code, message, hint }: JobWarning): void {
  process.stderr.write(`warning[${code}]: ${message}\n${hint === undefined ? '' : `  = hint: ${hint}\n`}`);
}
