import { Counter, Gauge, Registry } from 'prom-client';
import type { RunningJob } from '../../../engine/runtime/job.ts';
import { NO_METRICS } from '../../../engine/runtime/metrics/job-metrics.ts';
import { CountedTotals, type Samples } from './counted-totals.ts';
import { LabelLimit } from './label-limit.ts';
import type { LoggedCount, Metric, Sample, ServerState } from './metric.ts';
import { METRICS } from './metrics-table.ts';
import { processState } from './process-state.ts';

export type ServerMetricsOptions = {
  readonly version: string;
  /** What was to be logged. */
  readonly logged: () => readonly LoggedCount[];
  /** Names that a label has at most; the rest is told under `other`. */
  readonly maxLabelNames: number;
};

/** What metrics are asked of: a running job. */
type Measured = Pick<RunningJob, 'metrics' | 'opened'> & { readonly done: Promise<unknown> };

/**
 * The metrics of a server for Prometheus. Nothing is measured but when somebody asks, and one scrape at a time. Rules may
 * change under it: `follow` each new job, and counters go on.
 */
export class ServerMetrics {
  readonly contentType = Registry.OPENMETRICS_CONTENT_TYPE;
  readonly #options: ServerMetricsOptions;
  readonly #registry = openMetricsRegistry();
  readonly #instruments: ReadonlyMap<Metric, Counter | Gauge>;
  readonly #totals = new CountedTotals();
  readonly #processState = processState();
  #job: Measured | null = null;
  #isRunning = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ServerMetricsOptions) {
    this.#options = options;
    const registers = [this.#registry];
    this.#instruments = new Map(
      METRICS.map(metric => {
        const { name, help, labels } = metric;
        const options = { name, help, labelNames: [...labels], registers };
        return [metric, metric.kind === 'counter' ? new Counter(options) : new Gauge(options)];
      }),
    );
  }

  /** From now on this job is told of; what the one before it has counted stays. */
  async follow(job: Measured): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#job !== null) await this.#keepCounted();
      this.#job = job;
      this.#isRunning = false;
      const turn = (isRunning: boolean) => () => {
        if (this.#job === job) this.#isRunning = isRunning;
      };
      job.opened.then(turn(true), () => {}); // `done` tells
      job.done.then(turn(false), turn(false));
    });
  }

  /** In the OpenMetrics format. */
  async text(): Promise<string> {
    return await this.#inTurn(async () => {
      const state = await this.#state();
      const limit = this.#limit(state);
      for (const [metric, instrument] of this.#instruments) {
        instrument.reset();
        const samples = this.#totals.total(metric, samplesOf(metric, state, limit), limit);
        for (const { labels, value } of samples.values()) set(instrument, labelsOf(metric, labels), value);
      }
      return await this.#registry.metrics();
    });
  }

  async #keepCounted(): Promise<void> {
    const state = await this.#state();
    const limit = this.#limit(state);
    for (const metric of METRICS) {
      if (metric.isOfProcess === true) continue;
      this.#totals.keep(metric, this.#totals.total(metric, samplesOf(metric, state, limit), limit));
    }
  }

  async #state(): Promise<ServerState> {
    const { version, logged } = this.#options;
    const job = (await this.#job?.metrics()) ?? NO_METRICS;
    return { job, isRunning: this.#isRunning, version, process: this.#processState(), logged: logged() };
  }

  #limit({ job }: ServerState): LabelLimit {
    return new LabelLimit(job, this.#options.maxLabelNames);
  }

  async #inTurn<Value>(step: () => Promise<Value>): Promise<Value> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => {}); // told to whoever asked
    return await result;
  }
}

function openMetricsRegistry(): Registry {
  const registry = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never); // as: its types know one format for a registry, it itself both
  return registry;
}

function samplesOf(metric: Metric, state: ServerState, limit: LabelLimit): Samples {
  const samples = new Map<string, Sample>();
  for (const { labels, value } of metric.samples(state)) {
    const named = metric.labels.map((label, i) => limit.nameOf(label, labels[i]!));
    const name = named.join('\0');
    const before = samples.get(name);
    samples.set(name, { labels: named, value: before === undefined ? value : merged(metric, before.value, value) });
  }
  return samples;
}

function merged({ merge }: Metric, a: number, b: number): number {
  if (merge === undefined) return a + b;
  return merge === 'max' ? Math.max(a, b) : Math.min(a, b);
}

function labelsOf({ labels }: Metric, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, i) => [label, values[i]!]));
}

function set(instrument: Counter | Gauge, labels: Record<string, string>, value: number): void {
  if (instrument instanceof Counter) instrument.inc(labels, value);
  else instrument.set(labels, value);
}
