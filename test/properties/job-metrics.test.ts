import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { SymbolTable } from '../../engine/batch.ts';
import { startJob } from '../../engine/runtime/job.ts';
import type { JobMetrics } from '../../engine/runtime/metrics/job-metrics.ts';
import { InlinePort } from '../../engine/runtime/workers/inline-port.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';
import { runs } from '../oracle/runs.ts';
import { FakeDisk } from '../simulation/fake-disk.ts';

const START_MS = 1_700_000_000_000;
const RULES = `
  stream m from memory "m" json {
    key device: symbol  site: symbol  x: float  time ts as ms
    lateness 2s  idle 20s  expire 1m  unique by device, ts within 10s
  }
  stream n from memory "n" json { key device: symbol  x: float  time ts as ms }
  stream of_site = from m by site window tumbling 10s select avg(x) as mean
  rule high on m { high when x > 5  critical when x > 8 }
  rule site_high on of_site { low when mean > 4 }
  rule n_high on n { medium when x > 6 for 3s }
`;
const { plan, diagnostics } = compile({ file: 'metrics.mill', text: RULES });
expect(diagnostics).toEqual([]);

/** Of both streams: late ones, repeated ones, ones with no number, long silence. */
const events = fc.array(
  fc.record({
    stream: fc.constantFrom('m' as const, 'm' as const, 'n' as const),
    device: fc.nat(5),
    x: fc.oneof(
      { weight: 8, arbitrary: fc.nat(10) as fc.Arbitrary<unknown> },
      { weight: 1, arbitrary: fc.constant('hot') },
    ),
    stepMs: fc.constantFrom(0, 0, 500, 3_000, 3_000, 90_000),
    lateMs: fc.constantFrom(0, 0, 0, 1_000, 8_000),
  }),
  { minLength: 1, maxLength: 80 },
);

it('what is told by stream and rule adds up to what the run counts, for any workers and over a restart', async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.constantFrom(0, 2), fc.nat(80), async (all, workerCount, cut) => {
      const platform = inMemory();
      const memory = new MemoryConnector({ arrivalClock: 'recorded', isReplayable: true });
      const open = new Map<string, number>();
      let nowMs = START_MS;
      for (const part of [all.slice(0, cut), all.slice(cut)]) {
        for (const { stream, device, x, stepMs, lateMs } of part) {
          nowMs += stepMs;
          const event = { device: `d${device}`, site: `s${device % 2}`, x, ts: nowMs - lateMs };
          await memory.channel(stream).push([event], { arrivalUs: nowMs * 1000 });
        }
        const job = startJob({
          plan: plan!,
          connectors: new Map([['memory', memory]]),
          stateDirectory: '/state',
          platform,
          workerCount,
          isDrained: true,
          signal: new AbortController().signal,
        });
        await job.opened;
        await job.metrics(); // so that it is asked at its end, too
        check(await job.done, await job.metrics(), open);
      }
    }),
    runs(60),
  );
});

/** `open`: by rule, raised and not cleared by the runs before. */
function check(summary: JobMetrics['counts'], metrics: JobMetrics, open: Map<string, number>): void {
  const streams = Object.values(metrics.streams);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  expect(sum(streams.map(({ events }) => events))).toBe(summary.events);
  expect(sum(streams.map(({ late }) => late))).toBe(summary.late);
  expect(sum(streams.map(({ repeated }) => repeated))).toBe(summary.repeated);
  expect(sum(streams.map(({ forgotten }) => forgotten))).toBe(summary.forgotten);
  expect(sum(streams.flatMap(({ rejected }) => Object.values(rejected)))).toBe(summary.rejected);
  const changes = Object.values(metrics.rules).flatMap(rule => Object.values(rule.changes));
  expect(sum(changes.flatMap(levels => Object.values(levels)))).toBe(summary.alerts);
  for (const [rule, { changes, open: firing }] of Object.entries(metrics.rules)) {
    const countOf = (change: string) => sum(Object.values(changes[change] ?? {}));
    open.set(rule, (open.get(rule) ?? 0) + countOf('raised') - countOf('cleared'));
    expect(sum(Object.values(firing)), rule).toBe(open.get(rule));
  }
}

/** Several workers, on this thread, and a disk. */
function inMemory() {
  const disk = new FakeDisk({ random: () => 0.5, step: async () => {} });
  const { clock } = createNodePlatform();
  const inline = { disk, monotonicMs: () => clock.monotonicMs(), giveWay: () => clock.giveWay() };
  return {
    disk,
    clock,
    startWorker: () => new InlinePort(inline),
    startInline: (symbols: SymbolTable) => new InlinePort({ ...inline, symbols }),
    lockFolder: async (folder: string) => {
      await disk.makeFolder(folder);
      return { release: () => {} };
    },
  };
}
