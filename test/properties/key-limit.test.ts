import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Plan, PlanNode } from '../../dsl/plan.ts';
import { type Rejection, SymbolTable } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';
import { Workers } from '../../engine/runtime/workers/workers.ts';
import { KeyPartitions } from '../../engine/state/key-partition.ts';
import { batchOf, bySite, countAndSum, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

const MAX_KEYS = 32;
const PLACES = 2; // in each of the 16 partitions

const clocks = fc.record({
  latenessUs: fc.constantFrom(0, 0, 5),
  idleUs: fc.constantFrom(10, 30),
  expireUs: fc.constantFrom(null, 40, 100),
});

/** Many devices that come and go; none is late. */
const streams = fc
  .array(fc.record({ device: fc.nat(80), stepUs: fc.constantFrom(0, 0, 0, 1, 2, 20, 60) }), {
    minLength: 1,
    maxLength: 200,
  })
  .map(steps => {
    let nowUs = 1_000;
    return steps.map(({ device, stepUs }): TestEvent => {
      nowUs += stepUs;
      return { key: `m${device}`, site: `s${device % 3}`, timeUs: nowUs, arrivalUs: nowUs, value: device };
    });
  });

const cuts = fc.array(fc.nat(200), { maxLength: 6 });

const window: PlanNode = { kind: 'tumbling-window', id: 'w', input: 's', sizeUs: 50, aggregates: countAndSum };
const sites: readonly PlanNode[] = [
  bySite,
  { kind: 'tumbling-window', id: 'of-sites', input: 'by', sizeUs: 20, aggregates: countAndSum },
];

it('a key that would be one too many in its partition is refused until another one is forgotten', () => {
  fc.assert(
    fc.property(clocks, streams, cuts, (clock, events, ends) => {
      const { rejected, counters } = runEngine(planWith(clock), batchesOf(events, ends));
      const refused = refusedOf(events, clock);
      expect(rejected.map(textOf)).toEqual(refused.map(event => `${event.key} ${event.timeUs}`));
      expect(counters).toMatchObject({ events: events.length - refused.length, rejected: refused.length });
    }),
    runs(),
  );
});

it('any number of workers refuses the same events as one engine', async () => {
  await fc.assert(
    fc.asyncProperty(clocks, streams, cuts, async (clock, events, ends) => {
      const plan = planWith(clock, window);
      const batches = batchesOf(events, ends);
      const alone = runEngine(plan, batches).rejected.map(textOf).sort();
      for (const workerCount of [1, 2, 4]) {
        expect((await runWorkers(plan, batches, workerCount)).map(textOf).sort()).toEqual(alone);
      }
    }),
    runs(100),
  );
});

it('where keys meet, any number of workers refuses the same events, each once, in one order', async () => {
  await fc.assert(
    fc.asyncProperty(clocks, streams, cuts, async (clock, events, ends) => {
      const plan = planWith(clock, window, ...sites);
      const batches = batchesOf(events, ends);
      const [one, ...others] = await Promise.all([1, 2, 4].map(count => runWorkers(plan, batches, count)));
      for (const other of others) expect(other.map(textOf)).toEqual(one!.map(textOf));
      if (clock.expireUs !== null) return; // alone, a key is pending in the window and at the sites, and forgotten later
      expect(one!.map(textOf).sort()).toEqual(runEngine(plan, batches).rejected.map(textOf).sort());
    }),
    runs(100),
  );
});

it('a stored state with more keys than are allowed now keeps them, and takes no new one', () => {
  const plan = planWith({ latenessUs: 0, idleUs: 10, expireUs: null });
  const devices = Array.from({ length: 100 }, (_, device) => event(`m${device}`, 1_000 + device));
  const engine = new Engine(plan);
  engine.push(batchOf(devices, engine.symbols));
  const rejected: Rejection[] = [];
  const snapshot = structuredClone(engine.snapshot());
  const restored = new Engine(plan, { snapshot, maxKeys: 16, onRejected: rejection => rejected.push(rejection) });
  restored.push(batchOf([event('m7', 2_000), event('new', 2_000), event('m8', 2_001)], restored.symbols));
  expect(rejected).toMatchObject([{ code: 'MR4021', key: { device: 'new' }, eventTimeUs: 2_000, arrivalUs: 2_000 }]);
  expect(rejected[0]!.reason).toContain('s may have 16 keys');
});

function event(key: string, timeUs: number): TestEvent {
  return { key, timeUs, arrivalUs: timeUs, value: 1 };
}

type Clock = { readonly latenessUs: number; readonly idleUs: number; readonly expireUs: number | null };

function planWith(clock: Clock, ...nodes: readonly PlanNode[]): Plan {
  const plan = planOf(clock, ...nodes);
  const { expireUs } = clock;
  return { ...plan, nodes: plan.nodes.map(node => (node.kind === 'source' ? { ...node, expireUs } : node)) };
}

/** By hand: nothing is ever pending but what waits for lateness, which is shorter than the time to be forgotten. */
function refusedOf(events: readonly TestEvent[], { latenessUs, idleUs, expireUs }: Clock): TestEvent[] {
  const symbols = new SymbolTable();
  const partitions = new KeyPartitions(symbols);
  const partitionOf = ({ key }: TestEvent) =>
    partitions.partitionOf([{ type: 'symbol', values: Uint32Array.of(symbols.idOf(key)), valid: undefined }], 0);
  const afterUs = expireUs === null ? Infinity : Math.max(expireUs, idleUs, latenessUs);
  const seen = Array.from({ length: 16 }, () => new Map<string, number>());
  return events.filter(event => {
    const known = seen[partitionOf(event)]!;
    for (const [key, lastUs] of known) if (lastUs + afterUs <= event.arrivalUs) known.delete(key);
    if (!known.has(event.key) && known.size === PLACES) return true;
    known.set(event.key, event.arrivalUs);
    return false;
  });
}

function batchesOf(events: readonly TestEvent[], ends: readonly number[]): TestEvent[][] {
  const starts = [0, ...[...ends].sort((a, b) => a - b)];
  return starts.map((start, i) => events.slice(start, starts[i + 1])).filter(batch => batch.length > 0);
}

function runEngine(plan: Plan, batches: readonly (readonly TestEvent[])[]) {
  const rejected: Rejection[] = [];
  const engine = new Engine(plan, { maxKeys: MAX_KEYS, onRejected: rejection => rejected.push(rejection) });
  for (const events of batches) engine.push(batchOf(events, engine.symbols));
  return { rejected, counters: engine.counters() };
}

async function runWorkers(
  plan: Plan,
  batches: readonly (readonly TestEvent[])[],
  workerCount: number,
): Promise<readonly Rejection[]> {
  const platform = createNodePlatform();
  const symbols = new SymbolTable();
  const ports = Array.from({ length: workerCount }, () => platform.startInline(symbols));
  const workers = await Workers.start({
    plan,
    ports,
    rowStreams: [],
    symbols,
    restored: null,
    maxKeys: MAX_KEYS,
    paused: [],
  });
  const rejected: Rejection[] = [];
  for (const events of batches) {
    const { arrivalUs } = events.at(-1)!;
    const { output } = await workers.send({ stream: 's', batch: batchOf(events, symbols), arrivalUs, end: null });
    rejected.push(...output.rejected);
  }
  await workers.close();
  return rejected;
}

function textOf({ key, eventTimeUs }: Rejection): string {
  return `${key!['device']} ${eventTimeUs}`;
}
