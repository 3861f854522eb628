import type { SourceStream } from '../source-stream.ts';
import type { EventLoopDelay } from './job-metrics.ts';

/** What one worker says of itself when it is asked. Counts are since it started. */
export type WorkerReport = HostReport & {
  /** In which it handled rounds. */
  readonly busyMs: number;
  /** Null: it runs on the main thread. */
  readonly vitals: Vitals | null;
};

export type HostReport = {
  /** By source, of the keys here. */
  readonly streams: Readonly<Record<string, StreamReport>>;
  /** By source and operator. */
  readonly stateBytes: Readonly<Record<string, number>>;
  /** By operator. */
  readonly operatorMs: Readonly<Record<string, number>>;
  /** Alerts that fire, by rule, where any does, and then by severity, the lowest first. */
  readonly openAlerts: Readonly<Record<string, readonly number[]>>;
};

/** Of a thread. */
export type Vitals = { readonly heapBytes: number; readonly eventLoopDelay: EventLoopDelay };

export type StreamReport = StreamCounts & {
  readonly keys: number;
  /** Of all keys; Infinity and −Infinity: there is none. */
  readonly leastWatermarkUs: number;
  readonly newestWatermarkUs: number;
};

export type StreamCounts = {
  /** With `lateRows`: those that were in time for their stream, and behind others where keys or streams meet. */
  readonly late: number;
  readonly lateRows: number;
  readonly repeated: number;
  readonly forgotten: number;
};

export function streamReport({ counters, pipeline, clock, arrivalUs }: SourceStream): StreamReport {
  const { keys } = pipeline;
  let leastWatermarkUs = Infinity;
  let newestWatermarkUs = -Infinity;
  for (let keyId = 0; keyId < keys.size; keyId++) {
    if (keys.isKnown[keyId] !== 1 || clock.newestUs[keyId] === -Infinity) continue;
    const watermarkUs = clock.watermarkUs(keyId, arrivalUs);
    if (watermarkUs < leastWatermarkUs) leastWatermarkUs = watermarkUs;
    if (watermarkUs > newestWatermarkUs) newestWatermarkUs = watermarkUs;
  }
  const { late, repeated, forgotten } = counters;
  return { late, lateRows: 0, repeated, forgotten, keys: keys.count, leastWatermarkUs, newestWatermarkUs };
}

/** The same of keys in several places. */
export function sumOfStreams(a: StreamReport, b: StreamReport): StreamReport {
  return {
    late: a.late + b.late,
    lateRows: a.lateRows + b.lateRows,
    repeated: a.repeated + b.repeated,
    forgotten: a.forgotten + b.forgotten,
    keys: a.keys + b.keys,
    leastWatermarkUs: Math.min(a.leastWatermarkUs, b.leastWatermarkUs),
    newestWatermarkUs: Math.max(a.newestWatermarkUs, b.newestWatermarkUs),
  };
}
