import { expect, test } from 'vitest';
import { countedOf, mergedMetrics } from '../../apps/server/cluster/merged-metrics.ts';
import { type JobMetrics, NO_METRICS } from '../../engine/runtime/metrics/job-metrics.ts';

const STREAM = {
  events: 5,
  late: 1,
  lateRows: 1,
  revised: { keys: 1, rows: 2, waiting: 3, tooLate: 4 },
  repeated: 0,
  forgotten: 0,
  rejected: { MR4001: 2 },
  keys: 3,
  leastWatermarkUs: null,
};
const ONE: JobMetrics = {
  ...NO_METRICS,
  counts: { ...NO_METRICS.counts, events: 5, rows: 2 },
  streams: { motor: { ...STREAM, arrivalUs: 70, newestWatermarkUs: 60, lagMessages: 10, lagSeconds: 2 } },
  rows: { motor_10s: 2 },
  rules: { hot: { changes: { raised: { high: 1 } }, open: { high: 1 }, stateBytes: 8, seconds: 0.5, isPaused: false } },
  checkpoints: { durable: 2, failed: 1, ageSeconds: 3, last: { seconds: 0.2, pauseSeconds: 0.1, bytes: 100 } },
  sinks: { motor: { written: 7, waiting: 1, retries: 0, waitedSeconds: 0, waitsFor: null, refused: {} } },
  inputs: { devices: { entries: 4 } },
};
const OTHER: JobMetrics = {
  ...ONE,
  counts: { ...NO_METRICS.counts, events: 1 },
  streams: {
    motor: {
      ...STREAM,
      events: 1,
      rejected: {},
      keys: 1,
      arrivalUs: 50,
      leastWatermarkUs: 20,
      newestWatermarkUs: 90,
      lagMessages: null,
      lagSeconds: 9,
    },
  },
  rows: { other: 1 },
  rules: { hot: { changes: { cleared: { high: 1 } }, open: {}, stateBytes: 1, seconds: 1, isPaused: true } },
  checkpoints: { durable: 1, failed: 0, ageSeconds: 8, last: null },
  sinks: {
    motor: { written: 1, waiting: 0, retries: 2, waitedSeconds: 1, waitsFor: 'MR5200', refused: { MR5209: 1 } },
  },
};

test('of several shares events add up, and the clock that is furthest behind counts', () => {
  const merged = mergedMetrics([ONE, OTHER]);
  expect(merged.counts).toMatchObject({ events: 6, rows: 2 });
  expect(merged.streams['motor']).toEqual({
    revised: { keys: 2, rows: 4, waiting: 6, tooLate: 8 },
    ...{ events: 6, late: 2, lateRows: 2, repeated: 0, forgotten: 0, rejected: { MR4001: 2 }, keys: 4 },
    ...{ arrivalUs: 50, leastWatermarkUs: 20, newestWatermarkUs: 90, lagMessages: 10, lagSeconds: 9 },
  });
  expect(merged.rows).toEqual({ motor_10s: 2, other: 1 });
  expect(merged.rules['hot']).toEqual({
    ...{ changes: { raised: { high: 1 }, cleared: { high: 1 } }, open: { high: 1 }, stateBytes: 9, seconds: 1.5 },
    isPaused: true,
  });
  expect(merged.checkpoints).toMatchObject({ durable: 3, failed: 1, ageSeconds: 8, last: { bytes: 100 } });
  expect(merged.sinks['motor']).toMatchObject({ written: 8, retries: 2, waitsFor: 'MR5200', refused: { MR5209: 1 } });
  expect(merged.inputs).toEqual({ devices: { entries: 4 } });
  expect(mergedMetrics([])).toEqual(NO_METRICS);
});

test('of one that has ended what it counted stays, and nothing is open or waits', () => {
  const ended = countedOf(ONE);
  expect(ended.streams['motor']).toMatchObject({ events: 5, keys: 0, lagMessages: null, arrivalUs: null });
  expect(ended.rules['hot']).toMatchObject({ changes: { raised: { high: 1 } }, open: { high: 0 }, stateBytes: 0 });
  expect(ended.sinks['motor']).toMatchObject({ written: 7, waiting: 0 });
  expect(mergedMetrics([ended, OTHER]).streams['motor']).toMatchObject({ events: 6, keys: 1, arrivalUs: 50 });
});
