import type { Plan, SourceNode } from '../../dsl/plan.ts';
import { type EventBatch, type Rejection, SymbolTable } from '../batch.ts';
import type { SourceRead } from '../connector.ts';
import { MillraceError } from '../errors.ts';
import { BacklogWatch } from './backlog-watch.ts';
import { Checkpointer } from './checkpoint/checkpointer.ts';
import { Checkpoints, type InputState } from './checkpoint/checkpoints.ts';
import { QuietCheckpoints } from './checkpoint/quiet-checkpoints.ts';
import { type Counts, Delivery, NO_COUNTS } from './delivery.ts';
import { Fill } from './fill/fill.ts';
import type { FilledState } from './fill/fill-state.ts';
import { JobCounters } from './metrics/job-counters.ts';
import { type JobMetrics, NO_METRICS } from './metrics/job-metrics.ts';
import { MetricsCollector } from './metrics/metrics-collector.ts';
import type { JobOptions, JobWarning } from './job-options.ts';
import { FullPatterns } from './full-patterns.ts';
import { FunctionTroubles } from './function-troubles.ts';
import { EntryLog } from './inputs/entry-log.ts';
import { RecordedInputs } from './inputs/recorded-inputs.ts';
import { JobReaders } from './job/job-readers.ts';
import { PausedRules } from './job/paused-rules.ts';
import { eventsPerRound, requireFunctions } from './own-calls.ts';
import { createNodePlatform } from './node-platform.ts';
import { openReader } from './open-reader.ts';
import type { Platform } from './platform.ts';
import { Reader } from './reader.ts';
import type { RoundDone } from './workers/round-output.ts';
import { Revisions } from './revision/revisions.ts';
import { Rounds } from './rounds.ts';
import { RouteSinks } from './route-sinks.ts';
import type { StateBudgets } from './state-budget.ts';
import { StoredState } from './checkpoint/stored-state.ts';
import type { StateExtent } from './checkpoint/engine-state.ts';
import type { SymbolUse } from './checkpoint/symbol-use.ts';
import { KeyShares } from '../state/key-share.ts';
import { openTable } from './tables/found-rows.ts';
import { TableInput } from './tables/table-input.ts';
import { CheckpointCover } from './trace/checkpoint-cover.ts';
import type { RoundTrace } from './trace/tracer.ts';
import { timeUnitWarning } from './time-unit-warning.ts';
import { isSharable } from './workers/plan-slices.ts';
import type { WorkerPort } from './workers/worker-port.ts';
import { loadFunctions } from './workers/load-functions.ts';
import { Workers } from './workers/workers.ts';

export type { JobOptions, JobWarning, SourceAddress } from './job-options.ts';

/** Of a round: each worker has its share, and what a round costs beside its events is spread over enough of them. */
const MAX_EVENTS_PER_WORKER = 8_192;
const CHECKPOINT_EVERY_MS = 5_000;
const GIVE_WAY_EVERY_MS = 20;
const NO_BUDGETS: StateBudgets = { ruleBytes: Infinity, totalBytes: Infinity };

/** What one run counted. */
export type Summary = Counts;

/**
 * Runs a plan from its sources to its sinks, until all sources are at their end or the signal aborts; then what was
 * handled is durable. With a state folder it goes on where it was, keeps a checkpoint every few seconds, and takes over
 * what fits of the state that other rules left.
 *
 * Errors: MR5xxx of the connectors, MR6xxx of the state folder, MR6020 a worker died, MR6030 the rules cannot be shared,
 * MR8098 and MR8099 a connector that is not in this version. Warnings: MR4018, MR4027 a source waits for others, MR6002 a checkpoint cannot be written, MR6005
 * one was passed over, MR6007 state starts empty, MR6010 a rule is paused, MR6040 to MR6043 state is filled from stored series.
 */
export async function runJob(options: JobOptions): Promise<Summary> {
  return await startJob(options).done;
}

/** A job under way. */
export type RunningJob = {
  /** Resolves when it is about to read: the state is restored, and all sources and sinks are open. */
  readonly opened: Promise<void>;
  /** Settles when it has ended, by itself, by the signal, or by an error. */
  readonly done: Promise<Summary>;
  /** As it is now; also while it opens, and when it has ended. Never rejects. */
  metrics(): Promise<JobMetrics>;
};

/** As `runJob`, for whom asks about the run while it goes on. */
export function startJob(options: JobOptions): RunningJob {
  const job = new Job(options);
  const opening = Promise.withResolvers<void>();
  opening.promise.catch(() => {}); // `done` tells it as well
  return { opened: opening.promise, done: runToEnd(job, opening), metrics: () => job.metrics() };
}

async function runToEnd(job: Job, opening: PromiseWithResolvers<void>): Promise<Summary> {
  try {
    if (!(await job.open())) {
      opening.reject(new Error('it was asked to end before it was open'));
      await job.close();
      return NO_COUNTS;
    }
    opening.resolve();
    await job.run();
  } catch (error) {
    opening.reject(error);
    await job.close().catch(() => {}); // the first error is told
    throw error;
  }
  await job.close();
  return job.summary();
}

class Job {
  readonly #options: JobOptions;
  readonly #platform: Platform;
  readonly #plan: Plan;
  readonly #readers = new JobReaders(warning => this.#warn(warning));
  readonly #ports: WorkerPort[] = [];
  #symbols = new SymbolTable();
  #shares: KeyShares | null = null; // null: all keys are run here
  #lock: { release(): void } | undefined;
  #stored: StoredState | undefined;
  #fill: Fill | undefined;
  #filled: FilledState | null = null;
  #inputs: RecordedInputs | undefined;
  #sinks: RouteSinks | undefined;
  #workers: Workers | undefined;
  #delivery: Delivery | undefined;
  #rounds: Rounds | undefined;
  #checkpointer: Checkpointer | undefined;
  #checkpoints: Checkpoints | undefined;
  #revisions: Revisions | undefined;
  #quietCheckpoints: QuietCheckpoints | undefined;
  #backlogWatch: BacklogWatch | undefined;
  readonly #counters = new JobCounters();
  readonly #cover: CheckpointCover;
  readonly #troubles = new FunctionTroubles(warning => this.#warn(warning));
  readonly #fullPatterns: FullPatterns;
  #eventsPerWorker = MAX_EVENTS_PER_WORKER;
  #metrics: MetricsCollector | undefined;
  #paused: PausedRules | undefined;
  #share: number | null = null; // of the input that was handed out
  #next: Promise<Reader | undefined | void> | undefined; // what is waited for
  #hasSent = false; // a round, in this run
  #isUnsaved = false; // a round was handed out since the last checkpoint began
  #gaveWayMs: number;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal; // the caller's, or that of closing: nothing waits on behind a failure

  constructor(options: JobOptions) {
    this.#options = options;
    this.#platform = options.platform ?? createNodePlatform();
    const shownStreams = [...(options.rowStreams ?? []), ...this.#routedStreams()];
    // With state, the same columns whatever is shown: a later run may show something else.
    const isStateful = typeof options.stateDirectory === 'string';
    if (options.share !== undefined && options.share.count > 1) requireSharable(options.plan);
    this.#plan = withAllFields(options.plan, node => isStateful || shownStreams.includes(node.id));
    this.#fullPatterns = new FullPatterns(options.plan, warning => this.#warn(warning));
    this.#cover = new CheckpointCover({ hasCheckpoints: isStateful });
    this.#gaveWayMs = this.#platform.clock.monotonicMs();
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal]);
  }

  /** False: it was asked to end before, and has changed nothing. */
  async open(): Promise<boolean> {
    const { connectors, isRouteShown = () => false } = this.#options;
    const functions = await loadFunctions(this.#options.functions ?? []);
    requireFunctions(this.#plan, functions);
    this.#eventsPerWorker = eventsPerRound(this.#plan, functions, MAX_EVENTS_PER_WORKER);
    const stored = await this.#openState();
    this.#stored = stored;
    const { budgets } = this.#options;
    const paused = stored.pausedUnder(budgets ?? NO_BUDGETS);
    this.#paused = new PausedRules({ plan: this.#plan, budgets, paused, onWarning: warning => this.#warn(warning) });
    const filled = await this.#fillFromStore(stored);
    if (filled === 'aborted') return false;
    this.#filled = filled;
    for (const warning of stored.emptyWarnings(filled)) this.#warn(warning);
    if (this.#options.share !== undefined) this.#shares = new KeyShares(this.#symbols, this.#options.share);
    this.#inputs = await this.#openInputs(stored);
    this.#sinks = await RouteSinks.open({
      plan: this.#plan,
      connectors,
      clock: this.#platform.clock,
      positions: stored.sinks,
      isShown: isRouteShown,
      onWaiting: error => this.#warn(warningOf(error)),
      onWaitingChanged: causes => this.#options.onSinksWaiting?.(causes.map(warningOf)),
      signal: this.#signal,
    });
    const workers = this.#startWorkers(stored);
    workers.catch(() => {}); // a source that cannot be opened is told first
    for (const node of this.#plan.nodes) if (node.kind === 'source') await this.#openSource(node, stored);
    this.#workers = await workers;
    await this.#openStores(this.#workers, this.#sinks, stored);
    this.#delivery = this.#createDelivery(this.#sinks, stored);
    this.#rounds = new Rounds({
      workers: this.#workers,
      delivery: this.#delivery,
      onHandedOver: async () => await this.#options.drained?.(),
      onDelivered: trace => {
        if (trace !== null) this.#cover.delivered(trace);
        this.#options.onProgress?.({ share: this.#share, events: this.summary().events });
      },
    });
    this.#revisions = this.#createRevisions(this.#rounds, this.#sinks, stored);
    if (this.#revisions !== undefined) this.#delivery.attach(this.#revisions);
    if (this.#checkpointer !== undefined) {
      this.#checkpoints = this.#createCheckpoints(this.#checkpointer, this.#rounds, this.#delivery, this.#sinks);
      this.#quietCheckpoints = this.#createQuietCheckpoints(this.#checkpoints, this.#rounds);
    }
    this.#watchBacklog(this.#rounds);
    this.#metrics = new MetricsCollector({
      plan: this.#plan,
      clock: this.#platform.clock,
      readers: this.#readers.all,
      workers: this.#workers,
      counters: this.#counters,
      delivery: this.#delivery,
      rounds: this.#rounds,
      sinks: this.#sinks,
      checkpoints: this.#checkpoints,
      revisions: this.#revisions,
      inputs: this.#inputs,
      troubles: this.#troubles,
      fullPatterns: this.#fullPatterns,
      pausedRules: () => this.#paused!.names,
      fill: this.#fill,
    });
    return true;
  }

  async run(): Promise<void> {
    const rounds = this.#rounds!;
    // What a sink is given behind no checkpoint could not be taken back after a crash.
    if (this.#sinks!.hasNew) await rounds.orFailed(this.#saveNow());
    if (this.#filled !== null) await rounds.orFailed(this.#goLive(this.#filled));
    const failures: unknown[] = [];
    const inputs = this.#inputs!;
    if (!this.#readers.isFinite) inputs.watch();
    this.#revisions?.run().catch(error => rounds.fail(error));
    for (;;) {
      while (inputs.hasNews) await rounds.orFailed(this.#hearNews(inputs));
      this.#next ??= this.#nextReader().catch(error => void failures.push(error));
      const reader = await rounds.orFailed(inputs.orNews(this.#next));
      if (reader === null) continue;
      this.#next = undefined;
      if (!(reader instanceof Reader) || this.#options.signal.aborted) break;
      await rounds.orFailed(this.#handle(reader, await reader.take()));
      this.#paused!.pauseOver(this.#workers!);
      await rounds.orFailed(this.#giveWay());
      this.#beginDueCheckpoint();
    }
    // What a source gave before it failed is kept, so that nothing is missing but what its error says.
    await this.#finish(rounds).catch(error => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  /** What is filled is part of a checkpoint from here on, and alerts that fire by it are told. */
  async #goLive({ alerts }: FilledState): Promise<void> {
    const rounds = this.#rounds!;
    const firing = alerts.of(this.#workers!.firing);
    rounds.then(async () => {
      this.#delivery!.addAlerts(firing);
      await this.#delivery!.flush();
    });
    await rounds.settled();
    await this.#saveNow();
  }

  /** Between two rounds: entries of recorded inputs are told to the workers as soon as they are durable. */
  async #hearNews(inputs: RecordedInputs): Promise<void> {
    const recorded = await inputs.record({
      clocks: this.#readers.clocks(),
      nowUs: this.#platform.clock.nowUs(),
      isBeforeAll: this.#stored!.isEmpty && !this.#hasSent,
    });
    if (recorded === null) return;
    inputs.taken(recorded);
    this.#workers!.hear(recorded.entries);
    this.#isUnsaved = true;
    this.#quietCheckpoints?.arm();
  }

  async #finish(rounds: Rounds): Promise<void> {
    rounds.then(() => this.#delivery!.flush());
    await rounds.settled();
    // A run that is asked to end leaves to the next one what is in its checkpoint.
    if (!this.#options.signal.aborted) await this.#revisions?.settled();
    this.#isUnsaved = false;
    await this.#saveNow();
    await rounds.settled();
    if (this.#isUnsaved) await this.#saveNow(); // without what was told behind the one before
    await this.#metrics!.finish();
  }

  /** All of it, whatever fails on the way. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#metrics?.end();
    this.#quietCheckpoints?.close();
    this.#backlogWatch?.close();
    const closed = await Promise.allSettled([
      this.#revisions?.close(),
      ...this.#ports.map(port => port.terminate()),
      ...this.#readers.all.map(reader => reader.source.close()),
      this.#inputs?.close(),
      this.#sinks?.close(),
    ]);
    this.#lock?.release();
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  }

  summary(): Summary {
    const now = this.#delivery!.counts;
    const before = this.#stored!.counts;
    const names = Object.keys(now) as (keyof Counts)[]; // as: the names of its own members
    return Object.fromEntries(names.map(name => [name, now[name] - before[name]])) as Counts; // as: the same names
  }

  async metrics(): Promise<JobMetrics> {
    return (await this.#metrics?.collect()) ?? { ...NO_METRICS, fill: this.#fill?.metrics ?? null };
  }

  async #openState(): Promise<StoredState> {
    const { stateDirectory = null } = this.#options;
    if (stateDirectory === null) return new StoredState(undefined, this.#plan);
    this.#lock = await this.#platform.lockFolder(stateDirectory);
    this.#checkpointer = await Checkpointer.open(this.#platform.disk, stateDirectory);
    const stored = new StoredState(await this.#checkpointer.latest(), this.#plan);
    this.#symbols = this.#options.symbols ?? SymbolTable.restore(stored.symbols);
    for (const warning of stored.passedOver()) this.#warn(warning);
    return stored;
  }

  async #fillFromStore(stored: StoredState): Promise<FilledState | 'aborted' | null> {
    const { stateDirectory = null, store, openStretch, connectors, functions, share, workerCount } = this.#options;
    if (stateDirectory === null) return null;
    this.#fill = new Fill({
      plan: this.#plan,
      stored,
      paused: this.#paused!.names,
      store,
      openStretch,
      stateDirectory,
      job: { connectors, ...optional({ functions, share, workerCount }) },
      platform: this.#platform,
      symbols: this.#symbols,
      runJob,
      onWarning: warning => this.#warn(warning),
      signal: this.#signal,
    });
    return await this.#fill.run();
  }

  async #openInputs(stored: StoredState): Promise<RecordedInputs> {
    const { stateDirectory = null } = this.#options;
    const { clock, disk } = this.#platform;
    // Tables first: they were there before whatever has its place in the past.
    const inputs = [...(await this.#openTables()), ...(this.#options.inputs ?? [])];
    const log =
      stateDirectory === null || inputs.length === 0 ? null : await EntryLog.open(disk, `${stateDirectory}/inputs`);
    return await RecordedInputs.open({
      inputs,
      log,
      stored: stored.inputs,
      sleep: (ms, signal) => clock.sleep(ms, signal),
      onTrouble: error => this.#warn(warningOf(error)),
      onFailed: error => this.#rounds?.fail(error),
    });
  }

  async #openTables(): Promise<TableInput[]> {
    const tables: TableInput[] = [];
    for (const node of this.#plan.nodes) {
      if (node.kind !== 'table') continue;
      const source = await openTable(node, this.#options.connectors, () => this.#platform.clock.nowUs());
      tables.push(new TableInput({ node, source, onTrouble: error => this.#warn(warningOf(error)) }));
    }
    return tables;
  }

  async #startWorkers(stored: StoredState): Promise<Workers> {
    const { workerCount = 0, rowStreams = [], maxKeys } = this.#options;
    if (workerCount === 0) this.#ports.push(this.#platform.startInline(this.#symbols));
    for (let index = 0; index < workerCount; index++) this.#ports.push(this.#platform.startWorker(index));
    return await Workers.start({
      plan: this.#plan,
      ports: this.#ports,
      rowStreams: [...new Set([...rowStreams, ...this.#routedStreams()])],
      symbols: this.#symbols,
      restored: stored.forWorkers(this.#filled),
      entries: this.#inputs!.entries,
      maxKeys,
      functions: this.#options.functions ?? [],
      onTrouble: trouble => this.#troubles.take(trouble),
      onDropped: dropped => this.#fullPatterns.take(dropped),
      shares: this.#shares,
      paused: this.#paused!.names,
    });
  }

  #routedStreams(): string[] {
    return RouteSinks.streamsOf(this.#options.plan, { hasStore: this.#options.store !== undefined });
  }

  async #openStores(workers: Workers, sinks: RouteSinks, stored: StoredState): Promise<void> {
    const { store } = this.#options;
    if (store === undefined) return;
    const { sinks: positions } = stored;
    await sinks.openStores({
      plan: this.#plan,
      store,
      shapes: workers.shapes,
      positions,
      onRefused: refusal => this.#options.onStoreRefused?.(refusal),
      onNotice: notice => this.#warn(notice),
    });
  }

  async #openSource(node: SourceNode, stored: StoredState): Promise<void> {
    const { connectors, sources, speed = 'max', isFollowed = false } = this.#options;
    const { clock } = this.#platform;
    const reader = await openReader(node, {
      connectors,
      override: sources?.[node.id],
      symbols: this.#symbols,
      position: stored.positionOf(node.id),
      gate: stored.gateOf(node.id),
      end: stored.endOf(node.id),
      isAdmitted: this.#options.areSourcesAdmitted === true,
      shares: this.#shares,
      monotonicMs: () => clock.monotonicMs(),
      how: { speed, isFollowed, nowUs: () => clock.nowUs() },
    });
    this.#readers.add(reader);
  }

  #createDelivery(sinks: RouteSinks, stored: StoredState): Delivery {
    const { rowStreams = [], onRows, onAlert, onRejected } = this.#options;
    return new Delivery({
      sinks,
      counts: stored.counts,
      counters: this.#counters,
      rowStreams,
      isOrdered: this.#readers.isOrdered,
      onRows: batch => onRows?.(batch),
      onAlert: change => onAlert?.(change),
      onRejected: rejection => onRejected?.(rejection),
    });
  }

  #createCheckpoints(checkpointer: Checkpointer, rounds: Rounds, delivery: Delivery, sinks: RouteSinks): Checkpoints {
    const { checkpointEveryMs = CHECKPOINT_EVERY_MS } = this.#options;
    return new Checkpoints({
      checkpointer,
      rounds,
      delivery,
      sinks,
      revisions: this.#revisions,
      clock: this.#platform.clock,
      everyMs: checkpointEveryMs,
      freeSymbols: used => this.#freeSymbols(used),
      onDurable: async times => {
        this.#cover.durable();
        if (this.#revisions?.durable() === true) this.#hasChanged();
        this.#options.onCheckpoint?.(times);
        await this.#acknowledge(checkpointer);
        await this.#fill?.clear();
      },
      onFailed: ({ code, message }, { isFirst }) => {
        this.#cover.failed();
        this.#isUnsaved = true;
        this.#quietCheckpoints?.arm();
        const hint = 'the run goes on, and a checkpoint is tried again every few seconds';
        if (isFirst) this.#warn({ code, message, hint });
      },
    });
  }

  #createRevisions(rounds: Rounds, sinks: RouteSinks, stored: StoredState): Revisions | undefined {
    const { store } = this.#options;
    if (!Revisions.isNeeded(this.#plan)) return undefined;
    if (store?.openReader === undefined) {
      const hint = 'name a store in millrace.yaml or with --store';
      this.#warn({ code: 'MR6039', message: 'late events revise nothing: there is no store to read them from', hint });
      return undefined;
    }
    return new Revisions({
      plan: this.#plan,
      workers: this.#workers!,
      rounds,
      sinks,
      clock: this.#platform.clock,
      symbols: this.#symbols,
      openReader: async () => await store.openReader!(),
      stored: stored.revisions,
      hasCheckpoints: this.#checkpointer !== undefined,
      signal: this.#signal,
      onAlerts: changes => this.#delivery!.addAlerts(changes),
      onRevised: () => this.#hasChanged(),
      onWarning: warning => this.#warn(warning),
    });
  }

  #createQuietCheckpoints(checkpoints: Checkpoints, rounds: Rounds): QuietCheckpoints {
    return new QuietCheckpoints({
      due: signal => checkpoints.due(signal),
      begin: () => this.#beginDueCheckpoint(),
      onFailed: error => rounds.fail(error),
    });
  }

  #watchBacklog(rounds: Rounds): void {
    const { onBacklog } = this.#options;
    if (onBacklog === undefined) return;
    this.#backlogWatch = new BacklogWatch({ readers: this.#readers.all, clock: this.#platform.clock, onBacklog });
    this.#backlogWatch.run().catch(error => rounds.fail(error));
  }

  #freeSymbols(used: readonly SymbolUse[]): void {
    if (this.#options.symbols !== undefined) return; // others know of more
    if (this.#revisions?.isUnderWay === true) return; // next time: it knows of more
    const held = this.#readers.all.flatMap(reader => reader.heldColumns());
    this.#workers!.freeSymbols(used, held, this.#inputs!.entries);
  }

  /** Though no round was sent. */
  #hasChanged(): void {
    this.#isUnsaved = true;
    this.#quietCheckpoints?.arm();
  }

  /** Sources may let go of what even the oldest checkpoint that is kept has seen. */
  async #acknowledge(checkpointer: Checkpointer): Promise<void> {
    const covered = await checkpointer.covered();
    if (covered === undefined) return;
    const { sources, inputs } = covered;
    for (const { stream, source } of this.#readers.all) {
      if (Object.hasOwn(sources, stream)) await source.acknowledge(sources[stream]!);
    }
    await this.#inputs!.forget(inputs);
  }

  #beginDueCheckpoint(): void {
    if (!this.#isUnsaved || this.#checkpoints?.isDue !== true) return;
    this.#isUnsaved = false;
    this.#checkpoints.begin(() => this.#startCheckpoint(), this.#inputState());
  }

  /** A checkpoint that the job waits for. */
  async #saveNow(): Promise<void> {
    await this.#checkpoints?.save(() => this.#startCheckpoint(), this.#inputState());
  }

  #startCheckpoint() {
    this.#cover.began();
    const takeEntries = (extent: StateExtent) => this.#inputs!.takePart(extent, this.#readers.clocks());
    return this.#checkpointer!.start(this.#workers!, this.#symbols, takeEntries);
  }

  #inputState(): InputState {
    const readers = this.#readers.all;
    const positions = readers.flatMap(({ stream, position }) => (position === null ? [] : [[stream, position]]));
    return {
      plan: this.#plan,
      sources: Object.fromEntries(positions),
      gates: Object.fromEntries(readers.map(reader => [reader.stream, reader.gateSnapshot()])),
      ends: Object.fromEntries(readers.map(reader => [reader.stream, reader.end])),
      inputs: this.#inputs!.state,
      paused: this.#paused!.state(),
    };
  }

  /** The reader whose input comes next; undefined: there is none, or nothing is left for now, and the run is to end then. */
  async #nextReader(): Promise<Reader | undefined> {
    const { open } = this.#readers;
    if (open.length === 0) return undefined;
    if (await this.#isDrained(open)) {
      await this.#bringTogether(open);
      return undefined;
    }
    const options = { maxEvents: this.#eventsPerWorker * this.#ports.length, signal: this.#signal };
    const next = this.#readers.next(open, options);
    return await (this.#quietCheckpoints?.during(next, this.#isUnsaved) ?? next);
  }

  async #isDrained(readers: readonly Reader[]): Promise<boolean> {
    if (this.#options.isDrained !== true) return false;
    for (const reader of readers) if (await reader.hasMore()) return false;
    return true;
  }

  /**
   * Nothing is left to read up to where the furthest has come, so the others come there, too: what they have in common waits for
   * the one that is behind.
   */
  async #bringTogether(readers: readonly Reader[]): Promise<void> {
    const furthestUs = Math.max(...readers.map(reader => reader.arrivalUs));
    if (readers.length < 2 || furthestUs === -Infinity) return;
    for (const reader of readers) {
      reader.tick(furthestUs + 1); // what arrives at an instant is handled when it is over
      await this.#send(reader, { batch: null, rejected: [], end: null });
    }
  }

  async #handle(reader: Reader, read: SourceRead): Promise<void> {
    switch (read.kind) {
      case 'batch': {
        this.#warnOfTimeUnit(reader, read.batch);
        const trace = this.#startTrace(reader, read);
        const rejected = [...read.batch.rejected];
        const admitting = trace?.begin('gate');
        const batch = reader.admit(read.batch, rejected);
        admitting?.end();
        await this.#send(reader, { batch, rejected, end: null }, trace);
        return;
      }
      case 'tick':
        reader.tick(read.arrivalUs);
        await this.#send(reader, { batch: null, rejected: [], end: null });
        return;
      case 'end':
        return await this.#end(reader);
    }
  }

  /** All keys move on to the source's newest event time, which the workers know only together. */
  async #end(reader: Reader): Promise<void> {
    const rejected: Rejection[] = [];
    const batch = reader.finish(rejected) ?? null;
    const done = await this.#send(reader, { batch, rejected, end: 'ask' });
    const ownUs = (await done.answer).newestUs!;
    const newestUs = (await this.#options.newestOfAll?.(reader.stream, ownUs)) ?? ownUs;
    await this.#send(reader, { batch: null, rejected: [], end: newestUs });
  }

  /** Hands a round out when there is room for it. */
  async #send(
    reader: Reader,
    round: {
      readonly batch: EventBatch | null;
      readonly rejected: readonly Rejection[];
      readonly end: 'ask' | number | null;
    },
    trace: RoundTrace | null = null,
  ): Promise<{ readonly answer: Promise<RoundDone> }> {
    const { batch, rejected, end } = round;
    const waiting = trace?.begin('room');
    await this.#rounds!.room();
    waiting?.end();
    if (trace !== null) this.#cover.sent(trace);
    this.#share = this.#readers.progress();
    this.#isUnsaved = true;
    this.#hasSent = true;
    const told = (this.#shares?.share.index ?? 0) === 0 ? rejected : []; // every share has read it
    const { stream, arrivalUs, firstUs } = reader;
    const input = {
      stream,
      trace,
      events: batch?.length ?? 0,
      rejected: told,
      releaseBeforeUs: this.#readers.earliestUs(),
    };
    const answer = this.#rounds!.send({ stream, batch, rejected, arrivalUs, firstUs, end }, input);
    answer.then(
      ({ full }) => {
        if (this.#options.areSourcesPaced !== true) this.#readers.noteFull(full);
      },
      () => {}, // the rounds tell it
    );
    return { answer };
  }

  #startTrace(reader: Reader, { batch, traceParents = [] }: Extract<SourceRead, { kind: 'batch' }>): RoundTrace | null {
    const { tracer } = this.#options;
    if (tracer === undefined || batch.length === 0) return null;
    const { stream, readMs } = reader;
    return tracer.startRound({ stream, readMs, events: batch.length, traceParents });
  }

  #warnOfTimeUnit(reader: Reader, batch: EventBatch): void {
    if (reader.isTimeSeen || batch.length === 0) return;
    reader.isTimeSeen = true;
    const warning = timeUnitWarning({ stream: reader.stream, format: reader.timeFormat, timeUs: batch.timeUs[0]! });
    if (warning !== null) this.#warn(warning);
  }

  /** Lets signals, timers and messages in from time to time. */
  async #giveWay(): Promise<void> {
    const { clock } = this.#platform;
    if (clock.monotonicMs() - this.#gaveWayMs <= GIVE_WAY_EVERY_MS) return;
    await clock.giveWay();
    this.#gaveWayMs = clock.monotonicMs();
  }

  #warn(warning: JobWarning): void {
    this.#options.onWarning?.(warning);
  }
}

function requireSharable(plan: Plan): void {
  if (isSharable(plan)) return;
  throw new MillraceError('MR6030', 'these rules need all keys together, and only a share of them would be here', {
    hint: 'run them in one share; streams and rules `by` another key, and those of alerts, need it',
  });
}

function optional<Members extends object>(
  members: Members,
): { readonly [Name in keyof Members]?: NonNullable<Members[Name]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Members; // as: what is there
}

function warningOf({ code, message, hint }: MillraceError): JobWarning {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/** Streams that are shown are shown whole: all fields of their sources become columns. */
function withAllFields(plan: Plan, isShown: (node: SourceNode) => boolean): Plan {
  const nodes = plan.nodes.map(node =>
    node.kind === 'source' && isShown(node)
      ? { ...node, fields: node.fields.map(field => ({ ...field, isNeeded: true })) }
      : node,
  );
  return { ...plan, nodes };
}
