import type { Severity } from '../../../dsl/plan.ts';
import type { Counts } from '../../../engine/runtime/delivery.ts';
import {
  type CheckpointMetrics,
  type FillMetrics,
  type InputMetrics,
  type JobMetrics,
  NO_METRICS,
  type RuleMetrics,
  type SinkMetrics,
  type StreamMetrics,
} from '../../../engine/runtime/metrics/job-metrics.ts';

/**
 * What the jobs of a process's shares say, as one. Each reads the whole of a stream and keeps its own keys: events, keys and state add
 * up, and of clocks and lags the one that is furthest behind counts.
 */
export function mergedMetrics(all: readonly JobMetrics[]): JobMetrics {
  return {
    counts: all.map(({ counts }) => counts).reduce(addedCounts, NO_METRICS.counts),
    roundsUnderWay: sum(all.map(({ roundsUnderWay }) => roundsUnderWay)),
    streams: byName(
      all.map(({ streams }) => streams),
      mergedStreams,
    ),
    rows: byName(
      all.map(({ rows }) => rows),
      sum,
    ),
    rules: byName(
      all.map(({ rules }) => rules),
      mergedRules,
    ),
    checkpoints: mergedCheckpoints(all.flatMap(({ checkpoints }) => (checkpoints === null ? [] : [checkpoints]))),
    sinks: byName(
      all.map(({ sinks }) => sinks),
      mergedSinks,
    ),
    inputs: byName(
      all.map(({ inputs }) => inputs),
      mergedInputs,
    ),
    functionFailures: byName(
      all.map(({ functionFailures }) => functionFailures),
      codes => byName(codes, sum),
    ),
    droppedMatches: byName(
      all.map(({ droppedMatches }) => droppedMatches),
      sum,
    ),
    fill: mergedFills(all.flatMap(({ fill }) => (fill === null ? [] : [fill]))),
    workers: all.flatMap(({ workers }) => workers),
  };
}

/** Shares fill what is theirs side by side. */
function mergedFills(fills: readonly FillMetrics[]): FillMetrics | null {
  if (fills.length === 0) return null;
  return {
    share: Math.min(...fills.map(({ share }) => share)),
    events: sum(fills.map(({ events }) => events)),
    seconds: Math.max(...fills.map(({ seconds }) => seconds)),
  };
}

/** What stays of a job that has ended: what it counted. */
export function countedOf(metrics: JobMetrics): JobMetrics {
  return {
    ...metrics,
    roundsUnderWay: 0,
    streams: mapped(metrics.streams, stream => ({
      ...stream,
      ...NOTHING_NOW,
      revised: { ...stream.revised, waiting: 0 },
    })),
    rules: mapped(metrics.rules, rule => ({
      ...rule,
      open: mapped(rule.open, () => 0),
      stateBytes: 0,
      isPaused: false,
    })),
    checkpoints: metrics.checkpoints === null ? null : { ...metrics.checkpoints, ageSeconds: 0, last: null },
    sinks: mapped(metrics.sinks, sink => ({ ...sink, waiting: 0, waitsFor: null })),
    workers: [],
  };
}

function mergedRevisions(all: readonly StreamMetrics['revised'][]): StreamMetrics['revised'] {
  return {
    keys: sum(all.map(({ keys }) => keys)),
    rows: sum(all.map(({ rows }) => rows)),
    waiting: sum(all.map(({ waiting }) => waiting)),
    tooLate: sum(all.map(({ tooLate }) => tooLate)),
  };
}

function mergedStreams(all: readonly StreamMetrics[]): StreamMetrics {
  return {
    events: sum(all.map(({ events }) => events)),
    late: sum(all.map(({ late }) => late)),
    lateRows: sum(all.map(({ lateRows }) => lateRows)),
    revised: mergedRevisions(all.map(({ revised }) => revised)),
    repeated: sum(all.map(({ repeated }) => repeated)),
    forgotten: sum(all.map(({ forgotten }) => forgotten)),
    rejected: byName(
      all.map(({ rejected }) => rejected),
      sum,
    ),
    keys: sum(all.map(({ keys }) => keys)),
    arrivalUs: least(all.map(({ arrivalUs }) => arrivalUs)),
    leastWatermarkUs: least(all.map(({ leastWatermarkUs }) => leastWatermarkUs)),
    newestWatermarkUs: most(all.map(({ newestWatermarkUs }) => newestWatermarkUs)),
    lagMessages: most(all.map(({ lagMessages }) => lagMessages)),
    lagSeconds: most(all.map(({ lagSeconds }) => lagSeconds)),
  };
}

function mergedRules(all: readonly RuleMetrics[]): RuleMetrics {
  return {
    changes: byName(
      all.map(({ changes }) => changes),
      levels => byName(levels, sum),
    ),
    open: byName(
      all.map(({ open }) => open as Readonly<Record<Severity, number>>),
      sum,
    ), // as: those that are there are numbers
    stateBytes: sum(all.map(({ stateBytes }) => stateBytes)),
    seconds: sum(all.map(({ seconds }) => seconds)),
    isPaused: all.some(({ isPaused }) => isPaused),
  };
}

function mergedCheckpoints(all: readonly CheckpointMetrics[]): CheckpointMetrics | null {
  if (all.length === 0) return null;
  const last = all.flatMap(checkpoints => (checkpoints.last === null ? [] : [checkpoints.last]));
  return {
    durable: sum(all.map(({ durable }) => durable)),
    failed: sum(all.map(({ failed }) => failed)),
    ageSeconds: Math.max(...all.map(({ ageSeconds }) => ageSeconds)),
    last:
      last.length === 0
        ? null
        : {
            seconds: Math.max(...last.map(({ seconds }) => seconds)),
            pauseSeconds: Math.max(...last.map(({ pauseSeconds }) => pauseSeconds)),
            bytes: sum(last.map(({ bytes }) => bytes)),
          },
  };
}

function mergedSinks(all: readonly SinkMetrics[]): SinkMetrics {
  return {
    written: sum(all.map(({ written }) => written)),
    waiting: sum(all.map(({ waiting }) => waiting)),
    retries: sum(all.map(({ retries }) => retries)),
    waitedSeconds: sum(all.map(({ waitedSeconds }) => waitedSeconds)),
    waitsFor: all.find(({ waitsFor }) => waitsFor !== null)?.waitsFor ?? null,
    refused: byName(
      all.map(({ refused }) => refused),
      sum,
    ),
  };
}

/** Each share hears all of them. */
function mergedInputs(all: readonly InputMetrics[]): InputMetrics {
  return { entries: Math.max(...all.map(({ entries }) => entries)) };
}

function addedCounts(one: Counts, other: Counts): Counts {
  return {
    events: one.events + other.events,
    rows: one.rows + other.rows,
    alerts: one.alerts + other.alerts,
    late: one.late + other.late,
    rejected: one.rejected + other.rejected,
    repeated: one.repeated + other.repeated,
    forgotten: one.forgotten + other.forgotten,
  };
}

function byName<Value, Merged>(
  records: readonly Readonly<Record<string, Value>>[],
  merge: (values: readonly Value[]) => Merged,
): Record<string, Merged> {
  const names = [...new Set(records.flatMap(record => Object.keys(record)))];
  const valuesOf = (name: string) => records.flatMap(record => (Object.hasOwn(record, name) ? [record[name]!] : []));
  return Object.fromEntries(names.map(name => [name, merge(valuesOf(name))]));
}

function mapped<Value, Mapped>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value) => Mapped,
): Record<string, Mapped> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Null: none is known. */
function least(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter(number => number !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function most(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter(number => number !== null);
  return known.length === 0 ? null : Math.max(...known);
}

const NOTHING_NOW = {
  keys: 0,
  arrivalUs: null,
  leastWatermarkUs: null,
  newestWatermarkUs: null,
  lagMessages: null,
  lagSeconds: null,
};
