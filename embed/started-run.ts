import type { Plan } from '../dsl/plan.ts';
import type { OutputRow, RowBatch } from '../engine/connector.ts';
import { MillraceError } from '../engine/errors.ts';
import type { AlertChange } from '../engine/operator.ts';
import { type JobMetrics, NO_METRICS } from '../engine/runtime/metrics/job-metrics.ts';
import { type JobOptions, type RunningJob, startJob, type Summary } from '../engine/runtime/job.ts';
import type { Inboxes, ProgramEvent } from './inboxes.ts';
import type { Run } from './run.ts';
import { Subscription } from './subscription.ts';

export class StartedRun implements Run {
  readonly ready: Promise<void>;
  readonly done: Promise<Summary>;
  readonly #options: StartedRunOptions;
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  readonly #alerts = new Set<Subscription<AlertChange>>();
  readonly #rows = new Map<string, Set<Subscription<OutputRow>>>(); // by stream
  #job: RunningJob | undefined;
  #isDone = false;

  constructor(options: StartedRunOptions) {
    this.#options = options;
    const { signal } = this.#stopping;
    this.#signal = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
    const started = Promise.resolve().then(() => (this.#job = this.#start()));
    this.ready = started.then(async job => await job.opened);
    this.ready.catch(() => {}); // `done` tells it as well
    this.done = this.#toEnd(started);
  }

  alerts(): AsyncIterableIterator<AlertChange> {
    const subscription: Subscription<AlertChange> = new Subscription(() => this.#alerts.delete(subscription));
    this.#alerts.add(subscription);
    if (this.#isDone) subscription.end();
    return subscription;
  }

  rows(stream: string): AsyncIterableIterator<OutputRow> {
    this.#requireStream(stream);
    const ofStream = this.#rows.get(stream) ?? new Set();
    const subscription: Subscription<OutputRow> = new Subscription(() => ofStream.delete(subscription));
    this.#rows.set(stream, ofStream.add(subscription));
    if (this.#isDone) subscription.end();
    return subscription;
  }

  async push(stream: string, events: readonly ProgramEvent[]): Promise<void> {
    await this.#options.inboxes.push(stream, events);
  }

  finish(stream: string): void {
    this.#options.inboxes.finish(stream);
  }

  async metrics(): Promise<JobMetrics> {
    return (await this.#job?.metrics()) ?? NO_METRICS;
  }

  async stop(): Promise<Summary> {
    this.#stopping.abort();
    return await this.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #start(): RunningJob {
    return startJob({
      ...this.#options.job,
      rowStreams: [...this.#rows.keys()],
      onAlert: change => this.#alerts.forEach(subscription => subscription.put(change)),
      onRows: batch => this.#putRows(batch),
      drained: async () => await this.#taken(),
      signal: this.#signal,
    });
  }

  async #toEnd(started: Promise<RunningJob>): Promise<Summary> {
    const [ended] = await Promise.allSettled([started.then(async job => await job.done)]);
    const closed = await Promise.allSettled([this.#options.inboxes.close(), this.#options.onEnd()]);
    this.#isDone = true;
    for (const subscription of this.#subscriptions()) subscription.end();
    if (ended.status === 'rejected') throw ended.reason; // the first error is told
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
    return ended.value;
  }

  #putRows(batch: RowBatch): void {
    const subscriptions = this.#rows.get(batch.stream);
    if (subscriptions === undefined || subscriptions.size === 0) return;
    for (const row of batch.rows) for (const subscription of subscriptions) subscription.put(row);
  }

  /** All that the loops were given; of a run that is to stop, nobody waits for them. */
  async #taken(): Promise<void> {
    const stopped = Promise.withResolvers<void>();
    const onAbort = () => stopped.resolve();
    if (this.#signal.aborted) return;
    this.#signal.addEventListener('abort', onAbort, { once: true });
    const settled = this.#subscriptions().map(async subscription => await subscription.settled());
    await Promise.race([Promise.all(settled), stopped.promise]);
    this.#signal.removeEventListener('abort', onAbort);
  }

  #subscriptions(): (Subscription<AlertChange> | Subscription<OutputRow>)[] {
    return [...this.#alerts, ...[...this.#rows.values()].flatMap(ofStream => [...ofStream])];
  }

  #requireStream(stream: string): void {
    const streams = this.#options.plan.nodes.flatMap(({ kind, id }) =>
      kind === 'source' || kind === 'select' ? [id] : [],
    );
    if (!streams.includes(stream)) {
      throw new MillraceError('MR7201', `there is no stream ${stream}`, {
        hint: `the streams are ${streams.join(', ')}`,
      });
    }
    if (this.#job === undefined || this.#rows.has(stream)) return;
    throw new MillraceError('MR7201', `it is too late to ask for rows of ${stream}`, {
      hint: 'call `run.rows(…)` right behind `start(…)`, before anything is awaited',
    });
  }
}

export type StartedRunOptions = {
  readonly plan: Plan;
  readonly inboxes: Inboxes;
  readonly signal: AbortSignal | undefined;
  /** Whatever has ended it. */
  readonly onEnd: () => Promise<void>;
  readonly job: Omit<JobOptions, 'rowStreams' | 'onAlert' | 'onRows' | 'drained' | 'signal'>;
};
