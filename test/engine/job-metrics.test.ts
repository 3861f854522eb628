import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Connector } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { startJob } from '../../engine/runtime/job.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-metrics-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PATIENT = { timeout: 20_000 };
const FIRST_MS = 1_700_000_000_000;
const TEXT = `
  stream s from memory "s" json { key device: symbol  x: float  time ts as ms  lateness 2s }
  stream s_1m = from s window tumbling 1m select avg(x) as mean, count() as n
  rule high on s { high when x > 1  critical when x > 10 }
  rule mean_high on s_1m { low when mean > 5 }
  route alerts to memory "alerts"
  route s_1m to memory "rows"
`;
const { plan, diagnostics } = compile({ file: 'metrics.mill', text: TEXT });
expect(diagnostics).toEqual([]);

it('a job tells what it has counted while it runs, and when it has ended', async () => {
  for (const workerCount of [0, 2]) {
    const memory = new MemoryConnector({ arrivalClock: 'recorded' });
    const { signal } = new AbortController();
    const job = startJob({
      plan: plan!,
      connectors: new Map([['memory', memory]]),
      stateDirectory: join(folder, `workers-${workerCount}`),
      workerCount,
      signal,
    });
    expect(await job.metrics()).toMatchObject({ counts: { events: 0, alerts: 0 }, workers: [] });
    const event = (device: string, x: unknown, seconds: number) => ({ device, x, ts: FIRST_MS + seconds * 1000 });
    const events = [
      event('a', 2, 0),
      event('b', 20, 1),
      event('a', 0, 70),
      event('a', 3, 69), // in time
      event('a', 3, 60), // late
      event('c', 'hot', 71), // no number
    ];
    await memory.channel('s').push(events, { arrivalUs: (FIRST_MS + 75_000) * 1000 });
    await memory.channel('s').tick((FIRST_MS + 80_000) * 1000);
    await expect
      .poll(async () => (await job.metrics()).streams['s']?.arrivalUs, PATIENT)
      .toBe((FIRST_MS + 80_000) * 1000);
    const running = await job.metrics();
    expect(running.streams['s']).toMatchObject({
      events: 5,
      late: 1,
      repeated: 0,
      rejected: { MR4010: 1 },
      keys: 2,
      leastWatermarkUs: (FIRST_MS + 1_000) * 1000,
      newestWatermarkUs: (FIRST_MS + 70_000) * 1000,
      lagMessages: null,
    });
    expect(running.streams['s']!.lagSeconds).toBeGreaterThan(1e6); // it arrived in 2023
    expect(running.rows).toEqual({ s_1m: 1 });
    expect(running.rules['high']).toMatchObject({
      changes: { raised: { high: 1, critical: 1 }, cleared: { high: 1 } },
      open: { high: 0, critical: 1 },
    });
    expect(running.checkpoints!.durable).toBeGreaterThan(0);
    expect(running.checkpoints!.failed).toBe(0);
    expect(running.sinks['memory alerts']).toMatchObject({ written: 3, waiting: 0, retries: 0, waitsFor: null });
    expect(running.workers).toHaveLength(Math.max(1, workerCount));
    for (const worker of running.workers) {
      expect(worker.stateBytes).toBeGreaterThan(0);
      if (workerCount > 0) expect(worker.heapBytes).toBeGreaterThan(1e6);
      else expect(worker.heapBytes).toBeNull();
    }

    memory.channel('s').end();
    const summary = await job.done;
    const ended = await job.metrics();
    expect(ended.counts).toEqual(summary);
    expect(ended.rules['high']).toMatchObject({
      changes: { raised: { high: 1, critical: 1 } },
      open: { high: 0, critical: 1 },
    });
    expect(ended.rules['mean_high']).toMatchObject({ changes: { raised: { low: 1 } }, open: { low: 1 } });
    for (const rule of ['high', 'mean_high']) {
      expect(ended.rules[rule]!.seconds).toBeGreaterThan(0);
      expect(ended.rules[rule]!.stateBytes).toBeGreaterThan(0);
    }
    expect(ended.checkpoints!.durable).toBeGreaterThan(running.checkpoints!.durable);
    expect(ended.checkpoints!.last!.bytes).toBeGreaterThan(0);
  }
});

it('what is open after a restart is what was open before', async () => {
  const stateDirectory = join(folder, 'restarted');
  const memory = new MemoryConnector();
  const runs = [
    { events: [1, 20, 3], firstMs: FIRST_MS, open: { critical: 1, high: 0 } }, // the last one waits for its lateness
    { events: [0], firstMs: FIRST_MS + 30_000, open: { critical: 1, high: 1 } },
  ];
  for (const { events, firstMs, open } of runs) {
    const ending = new AbortController();
    const connectors = new Map([['memory', memory]]);
    const job = startJob({ plan: plan!, connectors, stateDirectory, signal: ending.signal });
    await memory.channel('s').push(events.map((x, i) => ({ device: `d${i}`, x, ts: firstMs + i * 10_000 })));
    await expect.poll(async () => (await job.metrics()).streams['s']?.events, PATIENT).toBe(events.length);
    ending.abort();
    await job.done;
    const { streams, rules } = await job.metrics();
    expect(streams['s']).toMatchObject({ keys: 3, late: 0 });
    expect(rules['high']!.open).toMatchObject(open);
  }
});

it('a sink that takes nothing is seen, and what it waits for', async () => {
  const memory = new MemoryConnector();
  let isAway = true;
  const connector: Connector = {
    name: 'memory',
    openSource: options => memory.openSource(options),
    openSink: async () => ({
      maxInFlight: 1,
      write: async () => {
        if (isAway) throw new MillraceError('MR5012', 'not now', { domain: 'external', retry: 'backoff' });
      },
      position: async () => null,
      close: async () => {},
    }),
  };
  const { signal } = new AbortController();
  const job = startJob({ plan: plan!, connectors: new Map([['memory', connector]]), signal });
  const sink = async () => (await job.metrics()).sinks['memory alerts']!;
  await memory.channel('s').push([0, 1, 2].map(i => ({ device: 'a', x: 20, ts: FIRST_MS + i * 60_000 })));
  await expect.poll(async () => (await sink())?.retries, PATIENT).toBeGreaterThan(1);
  const waiting = await sink();
  expect(waiting).toMatchObject({ written: 0, waiting: 2, waitsFor: 'MR5012' });
  expect(waiting.waitedSeconds).toBeGreaterThan(0);
  isAway = false;
  await expect.poll(sink, PATIENT).toMatchObject({ written: 2, waiting: 0, waitsFor: null });
  memory.channel('s').end();
  await job.done;
});
