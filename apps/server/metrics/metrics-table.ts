import type {
  InputMetrics,
  JobMetrics,
  RuleMetrics,
  SinkMetrics,
  StreamMetrics,
  WorkerMetrics,
} from '../../../engine/runtime/metrics/job-metrics.ts';
import type { Metric, Sample, ServerState } from './metric.ts';

/** All metrics of a server, as docs/operations/metrics.md lists them. Base units; names after Prometheus's conventions. */
export const METRICS: readonly Metric[] = [
  ofServer('millrace_info', 'Always 1; its label says which version runs.', ['version'], state => [
    { labels: [state.version], value: 1 },
  ]),
  ofServer('millrace_job_running', '1 while rules run.', [], state => one(state.isRunning ? 1 : 0)),
  ofServer('millrace_rules', 'Rules of the plan that runs.', [], ({ job }) => one(Object.keys(job.rules).length)),

  ofStreams('counter', 'millrace_events', 'Events that were read and passed.', stream => stream.events),
  ofStreams('counter', 'millrace_late_events', 'Events behind their watermark.', stream => stream.late),
  ofStreams(
    'counter',
    'millrace_late_rows',
    'Of these, rows that were in time for their stream, but behind others where keys or streams meet.',
    stream => stream.lateRows,
  ),
  ofStreams(
    'counter',
    'millrace_too_late_events',
    'Late events that were too late to revise anything, where some do.',
    stream => stream.revised.tooLate,
  ),
  ofStreams(
    'counter',
    'millrace_revised_keys',
    'Times that late events had rows of a key computed again.',
    stream => stream.revised.keys,
  ),
  ofStreams(
    'counter',
    'millrace_revised_rows',
    'Rows that were written again for it, or taken back.',
    stream => stream.revised.rows,
  ),
  ofStreams('gauge', 'millrace_waiting_revisions', 'Keys that wait for it.', stream => stream.revised.waiting),
  ofStreams('counter', 'millrace_repeated_events', 'Events that `unique` left out.', stream => stream.repeated),
  {
    name: 'millrace_rejections',
    kind: 'counter',
    help: 'Messages and events that were rejected, by code.',
    labels: ['stream', 'code'],
    samples: ({ job }) =>
      Object.entries(job.streams).flatMap(([name, { rejected }]) => byName(rejected, code => [name, code])),
  },
  ofStreams('counter', 'millrace_forgotten_keys', 'Keys that `expire` let go of.', stream => stream.forgotten),
  ofStreams('gauge', 'millrace_keys', 'Keys that are known now.', stream => stream.keys),
  {
    ...ofStreams(
      'gauge',
      'millrace_arrival_timestamp_seconds',
      'How far the arrival clock has come, since 1970.',
      stream => secondsOf(stream.arrivalUs),
    ),
    merge: 'min',
  },
  {
    ...ofStreams(
      'gauge',
      'millrace_least_watermark_timestamp_seconds',
      'The watermark of the key that is furthest behind, since 1970.',
      stream => secondsOf(stream.leastWatermarkUs),
    ),
    merge: 'min',
  },
  {
    ...ofStreams(
      'gauge',
      'millrace_newest_watermark_timestamp_seconds',
      'The watermark of the key that is furthest, since 1970.',
      stream => secondsOf(stream.newestWatermarkUs),
    ),
    merge: 'max',
  },
  ofStreams('gauge', 'millrace_lag_messages', 'Messages that are there and not read.', stream => stream.lagMessages),
  {
    ...ofStreams(
      'gauge',
      'millrace_lag_seconds',
      'How long ago that arrived which is handled now.',
      stream => stream.lagSeconds,
    ),
    merge: 'max',
  },
  {
    name: 'millrace_rows',
    kind: 'counter',
    help: 'Rows that streams gave to sinks.',
    labels: ['stream'],
    samples: ({ job }) => byName(job.rows, name => [name]),
  },

  {
    name: 'millrace_alert_changes',
    kind: 'counter',
    help: 'Changes of alerts, such as `raised` and `cleared`.',
    labels: ['rule', 'change', 'severity'],
    samples: ({ job }) =>
      Object.entries(job.rules).flatMap(([rule, { changes }]) =>
        Object.entries(changes).flatMap(([change, levels]) => byName(levels, level => [rule, change, level])),
      ),
  },
  {
    name: 'millrace_open_alerts',
    kind: 'gauge',
    help: 'Alerts that fire now.',
    labels: ['rule', 'severity'],
    samples: ({ job }) =>
      Object.entries(job.rules).flatMap(([rule, { open }]) => byName(open, severity => [rule, severity])),
  },
  ofRules(
    'counter',
    'millrace_rule_processing_seconds',
    'About what the rule takes, with its part of what it shares; some frames are timed.',
    rule => rule.seconds,
  ),
  ofRules(
    'gauge',
    'millrace_rule_state_bytes',
    'State of the rule with all that it reads; what rules share counts for each.',
    rule => rule.stateBytes,
  ),
  ofRules('gauge', 'millrace_rule_paused', '1 while the rule is paused over its memory (MR6010).', rule =>
    rule.isPaused ? 1 : 0,
  ),

  ofJob('counter', 'millrace_checkpoints', 'Checkpoints that are durable.', job => job.checkpoints?.durable),
  ofJob('counter', 'millrace_checkpoint_failures', 'Checkpoints that failed.', job => job.checkpoints?.failed),
  ofJob(
    'gauge',
    'millrace_checkpoint_age_seconds',
    'Since the last durable checkpoint began, or the run.',
    job => job.checkpoints?.ageSeconds,
  ),
  ofJob(
    'gauge',
    'millrace_checkpoint_duration_seconds',
    'How long the last one took until it was durable.',
    job => job.checkpoints?.last?.seconds,
  ),
  ofJob(
    'gauge',
    'millrace_checkpoint_pause_seconds',
    'For how long a worker stopped for the last one at most.',
    job => job.checkpoints?.last?.pauseSeconds,
  ),
  ofJob(
    'gauge',
    'millrace_checkpoint_size_bytes',
    'What was written for the last one.',
    job => job.checkpoints?.last?.bytes,
  ),
  ofJob(
    'gauge',
    'millrace_fill_share',
    'Of what is read of stored series for new rules, before they go live: 1 when it is done.',
    job => job.fill?.share,
  ),
  ofJob('counter', 'millrace_fill_events', 'Stored events that new rules were filled from.', job => job.fill?.events),
  ofJob('counter', 'millrace_fill_seconds', 'Time that this took.', job => job.fill?.seconds),
  ofJob('gauge', 'millrace_rounds_under_way', 'Rounds handed out and not delivered.', job => job.roundsUnderWay),

  ofSinks('counter', 'millrace_sink_written_rows', 'Rows and changes of alerts acknowledged.', sink => sink.written),
  ofSinks('gauge', 'millrace_sink_waiting_rows', 'Rows and changes of alerts not acknowledged.', sink => sink.waiting),
  ofSinks('counter', 'millrace_sink_retries', 'Writes that failed and were repeated.', sink => sink.retries),
  ofSinks('counter', 'millrace_sink_blocked_seconds', 'Time in which it took nothing.', sink => sink.waitedSeconds),
  ofSinks('gauge', 'millrace_sink_blocked', '1 while it takes nothing.', sink => (sink.waitsFor === null ? 0 : 1)),
  {
    name: 'millrace_sink_refused_rows',
    kind: 'counter',
    help: 'Rows that a store cannot hold, by code.',
    labels: ['sink', 'code'],
    samples: ({ job }) =>
      Object.entries(job.sinks).flatMap(([name, { refused }]) => byName(refused, code => [name, code])),
  },
  ofInputs(
    'counter',
    'millrace_input_entries',
    'Changes of a table, and actions of operators.',
    input => input.entries,
  ),

  {
    name: 'millrace_function_failures',
    kind: 'counter',
    help: "Calls of a program's own functions that went wrong, by code.",
    labels: ['function', 'code'],
    samples: ({ job }) =>
      Object.entries(job.functionFailures).flatMap(([name, codes]) => byName(codes, code => [name, code])),
  },

  {
    name: 'millrace_dropped_matches',
    kind: 'counter',
    help: 'Partial matches of a pattern (MR4040), or rows that wait in a join (MR4028), that were dropped as their key had too many.',
    labels: ['pattern'],
    samples: ({ job }) => byName(job.droppedMatches, pattern => [pattern]),
  },

  ofWorkers('counter', 'millrace_worker_busy_seconds', 'Time spent on events.', worker => worker.busySeconds),
  ofWorkers('gauge', 'millrace_worker_state_bytes', 'State of its keys.', worker => worker.stateBytes),
  ofWorkers('gauge', 'millrace_worker_heap_bytes', 'Heap, and arrays outside it.', worker => worker.heapBytes),
  ofWorkers(
    'gauge',
    'millrace_worker_event_loop_delay_seconds',
    'Mean delay since the last scrape.',
    worker => worker.eventLoopDelay?.meanSeconds,
  ),
  ofWorkers(
    'gauge',
    'millrace_worker_event_loop_delay_max_seconds',
    'Longest delay since the last scrape.',
    worker => worker.eventLoopDelay?.maxSeconds,
  ),

  {
    name: 'millrace_log_messages',
    kind: 'counter',
    help: 'What was to be logged, whether it was or was counted.',
    labels: ['level', 'code'],
    isOfProcess: true,
    samples: ({ logged }) => logged.map(({ level, code, count }) => ({ labels: [level, code], value: count })),
  },
  {
    name: 'process_cpu_seconds',
    kind: 'counter',
    help: 'User and system CPU time, of all threads.',
    labels: [],
    isOfProcess: true,
    samples: state => one(state.process.cpuSeconds),
  },
  ofServer('process_resident_memory_bytes', 'Resident memory.', [], state => one(state.process.residentBytes)),
  ofServer('process_start_time_seconds', 'When the process started, since 1970.', [], state =>
    one(state.process.startSeconds),
  ),
  ofServer('millrace_heap_bytes', 'Heap of the main thread, and arrays outside it.', [], state =>
    one(state.process.heapBytes),
  ),
  ofServer('millrace_event_loop_delay_seconds', 'Mean delay of the main thread since the last scrape.', [], s =>
    one(s.process.eventLoopDelay.meanSeconds),
  ),
  ofServer(
    'millrace_event_loop_delay_max_seconds',
    'Longest delay of the main thread since the last scrape.',
    [],
    state => one(state.process.eventLoopDelay.maxSeconds),
  ),
];

type Kind = Metric['kind'];
type Value = number | null | undefined;

function ofServer(
  name: string,
  help: string,
  labels: Metric['labels'],
  samples: (state: ServerState) => readonly Sample[],
): Metric {
  return { name, kind: 'gauge', help, labels, samples };
}

function ofJob(kind: Kind, name: string, help: string, value: (job: JobMetrics) => Value): Metric {
  return { name, kind, help, labels: [], samples: ({ job }) => one(value(job)) };
}

function ofStreams(kind: Kind, name: string, help: string, value: (stream: StreamMetrics) => Value): Metric {
  return { name, kind, help, labels: ['stream'], samples: ({ job }) => ofEach(job.streams, value) };
}

function ofRules(kind: Kind, name: string, help: string, value: (rule: RuleMetrics) => Value): Metric {
  return { name, kind, help, labels: ['rule'], samples: ({ job }) => ofEach(job.rules, value) };
}

function ofSinks(kind: Kind, name: string, help: string, value: (sink: SinkMetrics) => Value): Metric {
  return { name, kind, help, labels: ['sink'], samples: ({ job }) => ofEach(job.sinks, value) };
}

function ofInputs(kind: Kind, name: string, help: string, value: (input: InputMetrics) => Value): Metric {
  return { name, kind, help, labels: ['input'], samples: ({ job }) => ofEach(job.inputs, value) };
}

function ofWorkers(kind: Kind, name: string, help: string, value: (worker: WorkerMetrics) => Value): Metric {
  return {
    name,
    kind,
    help,
    labels: ['worker'],
    samples: ({ job }) => ofEach(Object.fromEntries(Object.entries(job.workers)), value),
  };
}

function ofEach<Part>(parts: Readonly<Record<string, Part>>, value: (part: Part) => Value): Sample[] {
  return Object.entries(parts).flatMap(([name, part]) =>
    one(value(part)).map(sample => ({ ...sample, labels: [name] })),
  );
}

function byName(values: Readonly<Record<string, number>>, labelsOf: (name: string) => readonly string[]): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: labelsOf(name), value }));
}

/** What is not known has no sample. */
function one(value: Value): Sample[] {
  return value === null || value === undefined ? [] : [{ labels: [], value }];
}

function secondsOf(timeUs: number | null): number | null {
  return timeUs === null ? null : timeUs / 1e6;
}
