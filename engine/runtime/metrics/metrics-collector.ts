import { type Plan, type RuleNode, SEVERITIES, type Severity } from '../../../dsl/plan.ts';
import type { Checkpoints } from '../checkpoint/checkpoints.ts';
import type { Delivery } from '../delivery.ts';
import type { Fill } from '../fill/fill.ts';
import type { FullPatterns } from '../full-patterns.ts';
import type { FunctionTroubles } from '../function-troubles.ts';
import type { RecordedInputs } from '../inputs/recorded-inputs.ts';
import type { Clock } from '../platform.ts';
import type { Reader } from '../reader.ts';
import type { Rounds } from '../rounds.ts';
import type { RouteSinks } from '../route-sinks.ts';
import type { Workers } from '../workers/workers.ts';
import {
  type InputMetrics,
  type JobMetrics,
  NO_REVISIONS,
  type RuleMetrics,
  type StreamMetrics,
  type WorkerMetrics,
} from './job-metrics.ts';
import type { JobCounters } from './job-counters.ts';
import type { Revisions } from '../revision/revisions.ts';
import { RuleShares } from './rule-shares.ts';
import { type StreamReport, sumOfStreams, type WorkerReport } from './worker-report.ts';

/** Workers and servers that have not answered by then are told of as they were heard last. */
const ANSWER_WITHIN_MS = 1_000;

/** Of a job that is open. */
export type MeasuredJob = {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly readers: readonly Reader[];
  readonly workers: Workers;
  readonly counters: JobCounters;
  readonly delivery: Delivery;
  readonly rounds: Rounds;
  readonly sinks: RouteSinks;
  readonly checkpoints: Checkpoints | undefined;
  readonly revisions: Revisions | undefined;
  readonly inputs: RecordedInputs;
  readonly troubles: FunctionTroubles;
  readonly fullPatterns: FullPatterns;
  readonly pausedRules: () => readonly string[];
  readonly fill: Fill | undefined;
};

/** Asks a job's parts for what they count. What is not asked for costs next to nothing. */
export class MetricsCollector {
  readonly #job: MeasuredJob;
  #shares: RuleShares | undefined; // made when they are first needed
  #reports: readonly WorkerReport[] = [];
  #backlogs = new Map<string, number | null>(); // by stream
  readonly #severities: ReadonlyMap<string, readonly Severity[]>; // that a rule's alerts may have
  #wasAsked = false;
  #hasEnded = false;

  constructor(job: MeasuredJob) {
    this.#job = job;
    const rules = job.plan.nodes.filter(node => node.kind === 'rule');
    this.#severities = new Map(rules.map(rule => [rule.name, severitiesOf(rule)]));
  }

  /** Everything is handled: the last that workers say, where anybody asks. */
  async finish(): Promise<void> {
    if (this.#wasAsked) await this.#ask();
    this.end();
  }

  /** Workers and servers are asked no more. */
  end(): void {
    this.#hasEnded = true;
  }

  async collect(): Promise<JobMetrics> {
    this.#wasAsked = true;
    if (!this.#hasEnded) await this.#ask();
    const { plan, delivery, rounds, sinks, checkpoints, inputs, counters } = this.#job;
    this.#shares ??= new RuleShares(plan);
    return {
      counts: delivery.counts,
      roundsUnderWay: rounds.underWay,
      streams: this.#streams(),
      rows: Object.fromEntries(counters.rows),
      rules: this.#rules(this.#shares),
      checkpoints: checkpoints?.metrics() ?? null,
      sinks: sinks.metrics(),
      inputs: inputMetrics(inputs),
      functionFailures: this.#job.troubles.counts,
      droppedMatches: this.#job.fullPatterns.counts,
      fill: this.#job.fill?.metrics ?? null,
      workers: this.#reports.map(workerMetrics),
    };
  }

  async #ask(): Promise<void> {
    const { workers, readers, clock } = this.#job;
    const answered = new AbortController();
    const answers = Promise.all([
      workers.reports().then(
        reports => void (this.#reports = reports),
        () => {}, // the job tells of its failure
      ),
      ...readers.map(reader => this.#askBacklog(reader)),
    ]);
    await Promise.race([answers, clock.sleep(ANSWER_WITHIN_MS, answered.signal)]);
    answered.abort();
  }

  async #askBacklog({ stream, source, isAtEnd }: Reader): Promise<void> {
    if (source.backlog === undefined || isAtEnd) return;
    this.#backlogs.set(stream, null); // where no answer comes, it is not known now
    this.#backlogs.set(stream, await source.backlog().catch(() => null));
  }

  #streams(): Record<string, StreamMetrics> {
    const { readers } = this.#job;
    return Object.fromEntries(readers.map(reader => [reader.stream, this.#stream(reader)]));
  }

  #stream(reader: Reader): StreamMetrics {
    const { stream, arrivalUs, source } = reader;
    const { counters, clock } = this.#job;
    const { late, lateRows, repeated, forgotten, keys, leastWatermarkUs, newestWatermarkUs } = this.#reports
      .map(({ streams }) => streams[stream] ?? NO_STREAM)
      .reduce(sumOfStreams, NO_STREAM);
    const isLive = source.progress === undefined && source.arrivalClock === 'recorded';
    return {
      events: counters.events.get(stream) ?? 0,
      late,
      lateRows,
      revised: this.#job.revisions?.counts(stream) ?? NO_REVISIONS,
      repeated,
      forgotten,
      rejected: Object.fromEntries(counters.rejected.get(stream) ?? []),
      keys,
      arrivalUs: finiteOrNull(arrivalUs),
      leastWatermarkUs: finiteOrNull(leastWatermarkUs),
      newestWatermarkUs: finiteOrNull(newestWatermarkUs),
      lagMessages: this.#backlogs.get(stream) ?? null,
      lagSeconds: isLive && arrivalUs > -Infinity ? Math.max(0, clock.nowUs() - arrivalUs) / 1e6 : null,
    };
  }

  #rules(shares: RuleShares): Record<string, RuleMetrics> {
    const stateBytes = sumOfNodes(this.#reports.map(report => report.stateBytes));
    const operatorMs = sumOfNodes(this.#reports.map(report => report.operatorMs));
    const paused = new Set(this.#job.pausedRules());
    const rules = shares.rules.map(rule => {
      const changes = this.#job.counters.changes.get(rule) ?? new Map<string, Map<string, number>>();
      const metrics: RuleMetrics = {
        changes: Object.fromEntries([...changes].map(([change, levels]) => [change, Object.fromEntries(levels)])),
        open: this.#open(rule),
        stateBytes: shares.whole(rule, stateBytes),
        seconds: shares.divided(rule, operatorMs) / 1000,
        isPaused: paused.has(rule),
      };
      return [rule, metrics] as const;
    });
    return Object.fromEntries(rules);
  }

  #open(rule: string): Partial<Record<Severity, number>> {
    const ofSeverity = (severity: Severity) => {
      const place = SEVERITIES.indexOf(severity);
      return this.#reports.reduce((sum, { openAlerts }) => sum + (openAlerts[rule]?.[place] ?? 0), 0);
    };
    return Object.fromEntries(this.#severities.get(rule)!.map(severity => [severity, ofSeverity(severity)]));
  }
}

const NO_STREAM: StreamReport = {
  late: 0,
  lateRows: 0,
  repeated: 0,
  forgotten: 0,
  keys: 0,
  leastWatermarkUs: Infinity,
  newestWatermarkUs: -Infinity,
};

function severitiesOf({ levels, escalate }: RuleNode): Severity[] {
  const own = [...levels.map(level => level.severity), ...(escalate === undefined ? [] : [escalate.severity])];
  return SEVERITIES.filter(severity => own.includes(severity));
}

function sumOfNodes(reports: readonly Readonly<Record<string, number>>[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const ofWorker of reports) {
    for (const [id, value] of Object.entries(ofWorker)) sums.set(id, (sums.get(id) ?? 0) + value);
  }
  return sums;
}

function inputMetrics(inputs: RecordedInputs): Record<string, InputMetrics> {
  return Object.fromEntries([...inputs.entryCounts].map(([input, entries]) => [input, { entries }]));
}

function workerMetrics({ busyMs, stateBytes, vitals }: WorkerReport): WorkerMetrics {
  return {
    busySeconds: busyMs / 1000,
    stateBytes: Object.values(stateBytes).reduce((sum, bytes) => sum + bytes, 0),
    heapBytes: vitals?.heapBytes ?? null,
    eventLoopDelay: vitals?.eventLoopDelay ?? null,
  };
}

function finiteOrNull(timeUs: number): number | null {
  return Number.isFinite(timeUs) ? timeUs : null;
}
