import type { Severity } from '../../../dsl/plan.ts';
import { type Counts, NO_COUNTS } from '../delivery.ts';

/**
 * What a job says of itself when it is asked: plain data of that moment. Counts are of this job, from 0, but for `counts`;
 * times are in the unit of their name.
 */
export type JobMetrics = {
  /** With those of the runs before it on the same state. */
  readonly counts: Counts;
  /** Handed out, and not delivered yet. */
  readonly roundsUnderWay: number;
  /** By source of the plan. */
  readonly streams: Readonly<Record<string, StreamMetrics>>;
  /** Rows that were given, by stream. */
  readonly rows: Readonly<Record<string, number>>;
  /** By name. */
  readonly rules: Readonly<Record<string, RuleMetrics>>;
  /** Null: no state is kept. */
  readonly checkpoints: CheckpointMetrics | null;
  /** By target of routes, as a checkpoint knows it, and by stored series. */
  readonly sinks: Readonly<Record<string, SinkMetrics>>;
  /** What shapes results beside the sources, by name: tables, what operators do. */
  readonly inputs: Readonly<Record<string, InputMetrics>>;
  /** Calls of functions of the program that went wrong, by function, by code. */
  readonly functionFailures: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Partial matches, or rows that wait in a join, that were dropped as their key had too many, by the stream or the rule that these are of. */
  readonly droppedMatches: Readonly<Record<string, number>>;
  /** Of what was filled from stored series when it started; null: nothing was. */
  readonly fill: FillMetrics | null;
  readonly workers: readonly WorkerMetrics[];
};

/** Of filling what is new from stored series, before a job reads on. */
export type FillMetrics = {
  /** 0..1 of what is to be read; 1: it is done. */
  readonly share: number;
  readonly events: number;
  readonly seconds: number;
};

/** Of a source. */
export type StreamMetrics = {
  readonly events: number;
  /** Behind newer ones of their key, and the next. */
  readonly late: number;
  /** Of these, rows that were in time for their stream, but behind others where keys or streams meet: `by`, joins, patterns. */
  readonly lateRows: number;
  readonly revised: RevisionCounts;
  readonly repeated: number;
  readonly forgotten: number;
  /** Rejected messages and events, by code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** That are known now. */
  readonly keys: number;
  /** How far the arrival clock has come; null: nothing has arrived. */
  readonly arrivalUs: number | null;
  /** Of all keys, the watermark that is furthest behind, and the one that is furthest; null: there is no key. */
  readonly leastWatermarkUs: number | null;
  readonly newestWatermarkUs: number | null;
  /** Messages that are there and not read; null: not known, or the source cannot tell. */
  readonly lagMessages: number | null;
  /** How long ago that arrived which is handled now; null: nothing has, or the source has an end or does not record arrivals. */
  readonly lagSeconds: number | null;
};

/** Of a source some of whose late events revise rows. */
export type RevisionCounts = {
  /** Keys whose past was computed again. */
  readonly keys: number;
  /** Rows that were written again for it, or taken back. */
  readonly rows: number;
  /** Keys that wait for it. */
  readonly waiting: number;
  /** Late events that were too late to revise anything. */
  readonly tooLate: number;
};

export const NO_REVISIONS: RevisionCounts = { keys: 0, rows: 0, waiting: 0, tooLate: 0 };

/** Of a rule. */
export type RuleMetrics = {
  /** Changes of alerts, by change and then by level. */
  readonly changes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Alerts that fire, by each severity that they may have. */
  readonly open: Readonly<Partial<Record<Severity, number>>>;
  /** With the windows and ranges that it reads; what several rules share counts for each. */
  readonly stateBytes: number;
  /** About: some frames are timed. What several rules share is divided among them. */
  readonly seconds: number;
  /** It takes more memory than it may, and does not run. */
  readonly isPaused: boolean;
};

/** Of the checkpoints that were begun. */
export type CheckpointMetrics = {
  readonly durable: number;
  readonly failed: number;
  /** Since the last durable one began, or the job. */
  readonly ageSeconds: number;
  /** Of the last durable one; null: there is none yet. */
  readonly last: LastCheckpoint | null;
};

/** Of the last durable one. */
export type LastCheckpoint = {
  readonly seconds: number;
  /** For how long a worker stopped for it at most. */
  readonly pauseSeconds: number;
  /** Written for it: what had changed. */
  readonly bytes: number;
};

/** Of what a route or a store leads to. */
export type SinkMetrics = {
  /** Rows, and changes of alerts, that it has acknowledged. */
  readonly written: number;
  /** That it was given and has not acknowledged. */
  readonly waiting: number;
  /** Writes that failed and were repeated. */
  readonly retries: number;
  /** In which it took nothing, with those of now. */
  readonly waitedSeconds: number;
  /** Why it takes nothing now; null: it does. */
  readonly waitsFor: string | null;
  /** Rows that it cannot hold, by code. */
  readonly refused: Readonly<Record<string, number>>;
};

/** Of a recorded input. */
export type InputMetrics = {
  /** Heard by this job. */
  readonly entries: number;
};

/** Of a thread that has a share of the keys. */
export type WorkerMetrics = {
  /** In which it handled events. */
  readonly busySeconds: number;
  readonly stateBytes: number;
  /** Of its own heap, and of the arrays outside it; null: it runs on the main thread. */
  readonly heapBytes: number | null;
  /** Since it was asked before, and null as above. */
  readonly eventLoopDelay: EventLoopDelay | null;
};

/** How late a thread came to what was due. */
export type EventLoopDelay = { readonly meanSeconds: number; readonly maxSeconds: number };

/** Of a job that opens. */
export const NO_METRICS: JobMetrics = {
  counts: NO_COUNTS,
  roundsUnderWay: 0,
  streams: {},
  rows: {},
  rules: {},
  checkpoints: null,
  sinks: {},
  inputs: {},
  functionFailures: {},
  droppedMatches: {},
  fill: null,
  workers: [],
};
