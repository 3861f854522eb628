import { expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import { startJob } from '../../engine/runtime/job.ts';
import { CheckpointCover } from '../../engine/runtime/trace/checkpoint-cover.ts';
import type { RoundTrace, TracedRound, Tracer } from '../../engine/runtime/trace/tracer.ts';
import { FakeDisk } from '../simulation/fake-disk.ts';
import { InlinePort } from '../../engine/runtime/workers/inline-port.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';

const FIRST_MS = 1_700_000_000_000;

it('a traced round is followed from its source to the checkpoint that covers it', async () => {
  for (const stateDirectory of [null, '/state']) {
    const memory = new MemoryConnector();
    const { plan } = compile({
      file: 'trace.mill',
      text: `
        stream s from memory "s" json { x: float  time ts as ms }
        rule high on s { high when x > 1 }
        route alerts to memory "alerts"
        route alerts where severity == critical to memory "critical"
      `,
    });
    const traces: Traced[] = [];
    const { signal } = new AbortController();
    const connectors = new Map([['memory', memory]]);
    const tracer = recorder(traces);
    const job = startJob({ plan: plan!, connectors, stateDirectory, platform: inMemory(), tracer, signal });
    await memory.channel('s').push([2, 3, 1].map((x, i) => ({ x, ts: FIRST_MS + i })));
    memory.channel('s').end();
    await job.done;
    expect(traces.map(({ round }) => round.events).reduce((sum, events) => sum + events, 0)).toBe(3);
    for (const { steps, isEnded } of traces) {
      const cover = stateDirectory === null ? [] : ['checkpoint'];
      const expected = ['gate', 'room', 'workers', 'delivery', 'sink memory alerts', ...cover];
      expect(expected.filter(step => !steps.includes(step) && step !== 'sink memory alerts')).toEqual([]);
      expect(steps.filter(step => !expected.includes(step))).toEqual([]); // nothing went to the other sink
      expect(isEnded).toBe(true);
    }
    const [written] = memory.channel('alerts').drain();
    expect(written!.traceParent).toMatch(/^span of sink \d+$/);
  }
});

it('rounds that no checkpoint covers are kept up to a bound, and go to the next one after a failure', () => {
  const traces: Traced[] = [];
  const tracer = recorder(traces);
  const cover = new CheckpointCover({ hasCheckpoints: true });
  const send = () => {
    const trace = tracer.startRound({ stream: 's', events: 1, readMs: 0, traceParents: [] })!;
    cover.sent(trace);
    return trace;
  };
  const ended = () => traces.flatMap(({ isEnded }, i) => (isEnded ? [i] : []));
  const first = send();
  cover.began();
  send();
  cover.delivered(first);
  cover.failed();
  expect(ended()).toEqual([]);
  cover.began();
  send();
  cover.durable();
  expect(ended()).toEqual([0, 1]);
  for (let i = 0; i < 300; i++) send();
  expect(traces.filter(({ isEnded }) => !isEnded)).toHaveLength(100);
});

type Traced = { readonly round: TracedRound; readonly steps: string[]; isEnded: boolean };

/** Steps are noted when they end. */
function recorder(traces: Traced[]): Tracer {
  let spans = 0;
  return {
    startRound: round => {
      const traced: Traced = { round, steps: [], isEnded: false };
      traces.push(traced);
      const trace: RoundTrace = {
        begin: (step, { sink } = {}) => {
          const name = sink === undefined ? step : `${step} ${sink}`;
          return { traceParent: `span of ${step} ${spans++}`, end: () => traced.steps.push(name) };
        },
        end: () => (traced.isEnded = true),
      };
      return trace;
    },
  };
}

function inMemory() {
  const disk = new FakeDisk({ random: () => 0.5, step: async () => {} });
  const { clock, startWorker } = createNodePlatform();
  const inline = { disk, monotonicMs: () => clock.monotonicMs(), giveWay: () => clock.giveWay() };
  return {
    disk,
    clock,
    startWorker,
    startInline: (symbols: ConstructorParameters<typeof InlinePort>[0]['symbols'] & object) =>
      new InlinePort({ ...inline, symbols }),
    lockFolder: async (folder: string) => {
      await disk.makeFolder(folder);
      return { release: () => {} };
    },
  };
}
