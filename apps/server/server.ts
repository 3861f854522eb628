import { setTimeout as delay } from 'node:timers/promises';
import type { Plan } from '../../dsl/plan.ts';
import { MillraceError } from '../../engine/errors.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { ProcessLock } from '../../engine/runtime/process-lock.ts';
import { type JobOptions, type RunningJob, startJob } from '../../engine/runtime/job.ts';
import type { Tracer } from '../../engine/runtime/trace/tracer.ts';
import { keepAlertsOf } from '../cli/actions/alert-book.ts';
import type { Settings } from '../settings/settings.ts';
import { type HttpServer, startHttp } from './http/http-server.ts';
import type { Log } from './log/log-line.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';
import { compileOnThread } from './rules/compile-thread.ts';
import { LiveRules, type Outcome, type Proposal } from './rules/live-rules.ts';
import { RuleFolder } from './rules/rule-folder.ts';
import { digestOf, type RuleSet } from './rules/rule-set.ts';
import { VersionStore } from './rules/version-store.ts';
import { WrongRules } from './rules/wrong-rules.ts';
import { ClusterRuns } from './cluster/cluster-runs.ts';
import { jobOptions, storeFor } from './run/job-options.ts';
import { RuleRun } from './run/rule-run.ts';

/**
 * The long-running service: rules from a folder, run until it is stopped, changed while they run, and asked about over HTTP.
 * Order of calls: start, run, stop.
 */
export class Server {
  readonly #settings: Settings;
  readonly #stateDirectory: string;
  readonly #log: Log;
  readonly #cluster: ClusterRuns | null;
  readonly #drained = Promise.withResolvers<void>();
  readonly #metrics: ServerMetrics;
  readonly #tracer: Tracer | undefined;
  readonly #folder: RuleFolder;
  readonly #stopping = new AbortController();
  readonly #rules: LiveRules;
  readonly #versions: VersionStore;
  readonly #lock: ProcessLock;
  #http: HttpServer | undefined;
  #folderState = ''; // as it was last looked at
  #folderDigest = ''; // as it was last read
  #isFolderPending = false;
  #hasBegun = false;
  #lastRefusal: Refusal | null = null;
  #isReloadAsked = false;
  #looking = new AbortController();

  private constructor(options: ServerOptions, versions: VersionStore, lock: ProcessLock) {
    const { settings, stateDirectory, log, metrics, tracer } = options;
    this.#metrics = metrics;
    this.#tracer = tracer;
    this.#settings = settings;
    this.#stateDirectory = stateDirectory;
    this.#log = log;
    this.#versions = versions;
    this.#lock = lock;
    const { cluster } = settings;
    this.#cluster =
      cluster === null
        ? null
        : new ClusterRuns({ cluster, settings, stateDirectory, log, onDrain: this.#drained.resolve });
    this.#folder = new RuleFolder(settings.rulesDirectory);
    this.#rules = new LiveRules({
      versions,
      compile: (set, { isFromDisk }) =>
        compileOnThread({ set, directory: settings.rulesDirectory, isFromDisk, store: storeKind(settings) }),
      start: plan => this.#startRun(plan),
      keepAlertsOf: rules => this.#keepAlertsOf(rules),
      nowUs: () => Date.now() * 1_000,
      log,
    });
  }

  /** Opens the state folder and HTTP. Errors: MR6004 the folder is in use · MR7060, MR7061 of HTTP. */
  static async start(options: ServerOptions): Promise<Server> {
    const { settings, stateDirectory, log, metrics } = options;
    const versions = await VersionStore.open(new NodeDisk(), stateDirectory);
    const server = new Server(options, versions, lockOf(stateDirectory));
    try {
      server.#http = await startHttp({
        settings: settings.http,
        versions,
        rules: server.#rules,
        server,
        metrics,
        log,
      });
    } catch (error) {
      await server.stop().catch(() => {}); // the first error is told
      throw error;
    }
    return server;
  }

  /** Where HTTP is. */
  get url(): string {
    return this.#http!.url;
  }

  /** Why the last rules that came were not taken; null: they were. */
  get lastRefusal(): Refusal | null {
    return this.#lastRefusal;
  }

  /**
   * Until the signal aborts, or the process is to leave its cluster; what the rules need and is not there yet is waited for, and the folder of rules is followed.
   *
   * Errors: MR7065 there are no rules · WrongRules · what ended the rules that ran, or kept the first ones from running.
   */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>(resolve => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const following = this.#begin().then(() => this.#followFolder());
    following.catch(() => {}); // told below, unless it is being stopped
    await Promise.race([stopped, this.#rules.ended, following, this.#drained.promise]);
  }

  /** Reads the folder of rules again, also where it has not changed. */
  reload(): void {
    this.#isReloadAsked = true;
    this.#looking.abort();
  }

  /** With a last checkpoint. Errors: why it could not be made. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#looking.abort();
    try {
      await this.#rules.close();
    } finally {
      await this.#http?.close();
      this.#lock.release();
    }
  }

  /** Rules that were sent. */
  async deploy(set: RuleSet, by: string): Promise<Outcome> {
    this.#requireBegun();
    const outcome = await this.#rules.propose({ set, origin: { kind: 'deploy', by }, folder: this.#folderDigest });
    return this.#tookSent(outcome, `rules sent by ${by}`);
  }

  async rollBack(to: number | null, by: string): Promise<Outcome> {
    this.#requireBegun();
    const outcome = await this.#rules.rollBack(to, { by, folder: this.#folderDigest });
    return this.#tookSent(outcome, `a rollback by ${by}`);
  }

  /** What was active comes first. */
  #requireBegun(): void {
    if (!this.#hasBegun) throw new MillraceError('MR7064', 'the service is being started', { retry: 'backoff' });
  }

  /** What was active runs again, unless the folder has changed since. */
  async #begin(): Promise<void> {
    const active = await this.#versions.active();
    const proposal = await this.#read(active !== null);
    const isChanged = proposal !== null && active?.folder !== proposal.folder;
    this.#hasBegun = true;
    const outcome = await this.#rules.begin(isChanged ? proposal : null);
    if (outcome === null) return;
    if (active === null) requireSound(outcome);
    this.#tookFolder(outcome);
  }

  async #followFolder(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      if (this.#isFolderPending) await waited(TRY_AGAIN_MS, this.#looking.signal);
      else await this.#folder.changed(this.#folderState, this.#looking.signal);
      if (signal.aborted) return;
      if (this.#looking.signal.aborted) this.#looking = new AbortController();
      const before = this.#folderDigest;
      const isAsked = this.#isReloadAsked || this.#isFolderPending;
      this.#isReloadAsked = false;
      const proposal = await this.#read(true);
      if (proposal === null || (proposal.folder === before && !isAsked)) continue;
      this.#tookFolder(await this.#rules.propose(proposal));
    }
  }

  /** Null: it cannot be read, and there is something else to run. */
  async #read(hasOther: boolean): Promise<Proposal | null> {
    try {
      this.#folderState = await this.#folder.state();
      const set = await this.#folder.read();
      if (set.roots.length === 0) throw noRules(this.#folder.directory);
      this.#folderDigest = digestOf(set);
      return { set, origin: { kind: 'folder' }, folder: this.#folderDigest };
    } catch (error) {
      if (!hasOther || !(error instanceof MillraceError)) throw error;
      this.#isFolderPending = false;
      this.#refused(FOLDER, error);
      return null;
    }
  }

  /** What cannot be taken now is tried again. */
  #tookFolder(outcome: Outcome): void {
    this.#told(outcome, FOLDER);
    this.#isFolderPending = outcome.kind === 'refused' && outcome.error.retry === 'backoff';
  }

  /** What waits of the folder is older. */
  #tookSent(outcome: Outcome, what: string): Outcome {
    this.#told(outcome, what);
    if (outcome.kind === 'switched') this.#isFolderPending = false;
    return outcome;
  }

  #told(outcome: Outcome, what: string): void {
    if (outcome.kind === 'wrong') {
      const { diagnostics, text } = outcome.compiled;
      const first = diagnostics[0]!;
      this.#refused(what, { code: first.code, message: `${first.message}${diagnostics.length > 1 ? ' …' : ''}`, text });
    } else if (outcome.kind === 'refused') this.#refused(what, outcome.error);
    else this.#lastRefusal = null;
  }

  #refused(what: string, { code, message, text }: { code: string; message: string; text?: string }): void {
    const isKnown = this.#lastRefusal?.code === code && this.#lastRefusal.message === message;
    this.#lastRefusal = { at: new Date().toISOString(), what, code, message, ...(text === undefined ? {} : { text }) };
    if (isKnown) return;
    const line = { level: 'error', code, message: `${what}: not taken, what ran before runs on: ${message}` } as const;
    this.#log(text === undefined ? line : { ...line, text });
  }

  /** A list that cannot be written stops no run. */
  #keepAlertsOf(rules: ReadonlySet<string>): void {
    try {
      keepAlertsOf(this.#stateDirectory, rules);
    } catch (error) {
      const message = `the list of alerts cannot be written: ${(error as Error).message}`;
      this.#log({ level: 'warn', code: 'MR6002', message });
    }
  }

  #startRun(plan: Plan): RuleRun {
    return new RuleRun({
      log: this.#log,
      start: hooks => {
        const withTracer = { ...hooks, tracer: this.#tracer };
        const job = this.#cluster?.start(plan, withTracer) ?? this.#startAlone(plan, withTracer);
        void this.#metrics.follow(job);
        return job;
      },
    });
  }

  #startAlone(plan: Plan, hooks: Pick<JobOptions, 'signal' | 'onSinksWaiting' | 'tracer'>): RunningJob {
    const options = { plan, settings: this.#settings, stateDirectory: this.#stateDirectory, log: this.#log };
    const { close, ...own } = jobOptions(options);
    const job = startJob({ ...own, ...hooks });
    return { ...job, done: job.done.finally(close) };
  }
}

export type ServerOptions = {
  readonly settings: Settings;
  readonly stateDirectory: string;
  readonly log: Log;
  readonly metrics: ServerMetrics;
  /** Default: nothing is traced. */
  readonly tracer: Tracer | undefined;
};

/** Rules that were not taken. */
export type Refusal = {
  readonly at: string;
  readonly what: string;
  readonly code: string;
  readonly message: string;
  /** Of rules that are wrong: where. */
  readonly text?: string;
};

function requireSound(outcome: Outcome): void {
  if (outcome.kind === 'wrong') throw new WrongRules(outcome.compiled.text);
  if (outcome.kind === 'refused') throw outcome.error;
}

function storeKind(settings: Settings): 'there' | 'none' | 'missing' {
  if (settings.store === undefined) return 'missing';
  return storeFor(settings) === null ? 'none' : 'there';
}

function noRules(directory: string): MillraceError {
  return new MillraceError('MR7065', `there are no rules in ${directory}`, {
    hint: 'put rule files (`.mill`) there; `rules` in the settings names another folder',
  });
}

/** Beside the lock of a run: between two runs of the service the folder stays its own. */
function lockOf(stateDirectory: string): ProcessLock {
  const taken = ProcessLock.take(`${stateDirectory}/server.lock`);
  if (taken instanceof ProcessLock) return taken;
  throw new MillraceError('MR6004', `the state folder ${stateDirectory} is in use by process ${taken.ownerProcessId}`, {
    hint: 'end that service first, or give this one a folder of its own: `state` in its settings',
    domain: 'external',
  });
}

async function waited(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {}); // aborted: that is soon enough
}

const FOLDER = 'the folder of rules';
const TRY_AGAIN_MS = 1_000;
