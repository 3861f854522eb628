import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as giveWay, setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import { MillraceError } from '../../engine/errors.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';
import { InlinePort } from '../../engine/runtime/workers/inline-port.ts';
import type { Platform } from '../../engine/runtime/platform.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { runs } from '../oracle/runs.ts';
import { SeriesInMemory } from './series-in-memory.ts';

const RULES = `
stream s from memory "s" json { key device: symbol  v: float  w: symbol  time ts as ms  lateness 5s }
store s keep 30d
stream minute = from s where v > -50 window tumbling 1m
  select count() as n, avg(v) as mean, max(v) as top, last(w) as w having n < 5 revise within 7d
store minute
stream wide = from minute window tumbling 10m select sum(n) as n, count() as minutes, max(mean) as mean
store wide
stream hop = from s window hopping 3m every 1m select min(v) as low, distinct(w) as kinds emit every 20s revise within 7d
store hop
stream visit = from s window session 40s max 4m select count() as n, duration() as took, first(w) as w revise within 7d
store visit
stream day = from visit window session 3m select count() as visits, sum(n) as n
store day
stream alarm_minute = from s window tumbling 1m select max(v) as top, min(v) as low revise within 7d
rule hot on alarm_minute { high when top > 60 for 1m  critical when top > 90  clear when top < 20 for 1m  cooldown 2m }
rule cold on visit { medium when n > 3  clear after 3m }
stream recent = from alarm_minute window sliding 7m select max(top, 7m) as top, count() as n, min(low) as low
store recent
stream of_recent = from recent where max(n, 3m) > 2 window tumbling 10m select sum(n) as n, max(top) as top
store of_recent
rule risen on alarm_minute { high when top > 20 + avg(top, 5m) for 1m  clear when max(top, 4m) < 30 }
`;
/** A device is at another place with each reading. Without lateness the order of readings of one instant is known, too. */
const OF_PLACES = {
  'in the order in which they come': `
stream s from memory "s" json { key device: symbol  v: float  w: symbol  time ts as ms }
store s keep 30d
stream named = from s select w, v * 2 as v
stream at = from named where v > -100 window tumbling 1m by w
  select count() as n, avg(v) as mean, last(v) as last having n < 5 emit every 20s revise within 7d
store at
stream plant = from s window session 40s max 4m by global select first(v) as first, last(device) as device revise within 7d
store plant`,
  'with lateness': `
stream s from memory "s" json { key device: symbol  v: float  w: symbol  time ts as ms  lateness 5s }
store s keep 30d
stream at = from s where v > -50 window tumbling 1m by w
  select count() as n, sum(v) as total, max(v) as top having n < 5 emit every 20s revise within 7d
store at
stream wide = from at window session 3m select sum(n) as n, max(top) as top
store wide
stream recent = from at window sliding 5m select sum(n) as n, max(top) as top
store recent
stream plant = from s window session 40s max 4m by global select count() as n, duration() as took revise within 7d
store plant
stream both = from s window hopping 3m every 1m by w, device select min(v) as low, distinct(w) as kinds revise within 7d
store both`,
};
const START_MS = Date.UTC(2026, 0, 1);
const SPEED = 100; // of the clock by which marks and checkpoints wait

type Step = {
  readonly device: string;
  readonly value: number;
  readonly stepSeconds: number;
  readonly lateSeconds: number;
  /** The run gets so far before the next one comes. */
  readonly isSlow: boolean;
};

const steps = fc.array(
  fc.record<Step>({
    device: fc.constantFrom('a', 'b', 'c'),
    value: fc.integer({ min: -60, max: 100 }),
    stepSeconds: fc.constantFrom(0, 1, 7, 20, 45, 130),
    lateSeconds: fc.constantFrom(0, 0, 0, 0, 3, 30, 100, 500, 2_000),
    isSlow: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
  }),
  { minLength: 5, maxLength: 80 },
);

let directory: string;
let started = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-revision-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

it('late events leave the rows and alerts of a run in which none was late, whatever fails meanwhile', async () => {
  const crashes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(steps, crashes, fc.constantFrom(0, 1, 2), async (all, crashesAfter, workerCount) => {
      const events = eventsOf(all);
      const expected = await outcomeOf(RULES, inOrder(events), { workerCount: 0, crashesAfter: [] });
      expect(await outcomeOf(RULES, events, { workerCount, crashesAfter })).toEqual(expected);
    }),
    runs(30),
  );
}, 600_000);

it.each(Object.entries(OF_PLACES))(
  'late events are in the rows of the places that they name, %s',
  async (_, rules) => {
    const crashes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(steps, crashes, fc.constantFrom(0, 1, 2), async (all, crashesAfter, workerCount) => {
        const events = eventsOf(all);
        const expected = await outcomeOf(rules, inOrder(events), { workerCount: 0, crashesAfter: [] });
        expect(await outcomeOf(rules, events, { workerCount, crashesAfter })).toEqual(expected);
      }),
      runs(30),
    );
  },
  600_000,
);

type Event = {
  readonly device: string;
  readonly value: number;
  readonly timeMs: number;
  readonly arrivalMs: number;
  readonly isSlow: boolean;
};

function inOrder(events: readonly Event[]): Event[] {
  return [...events]
    .sort((a, b) => a.timeMs - b.timeMs)
    .map(event => ({ ...event, arrivalMs: Math.max(event.timeMs, START_MS), isSlow: false }));
}

/** The last one is not late. */
function eventsOf(all: readonly Step[]): Event[] {
  let nowMs = START_MS + 3_600_000;
  const events = all.map(({ device, value, stepSeconds, lateSeconds, isSlow }) => {
    nowMs += stepSeconds * 1_000;
    return { device, value, timeMs: nowMs - lateSeconds * 1_000, arrivalMs: nowMs, isSlow };
  });
  const lastMs = nowMs + 400_000;
  return [...events, { device: 'a', value: 0, timeMs: lastMs, arrivalMs: lastMs, isSlow: false }];
}

/** What is stored, which alerts were raised, and which of them fire. */
async function outcomeOf(
  rules: string,
  events: readonly Event[],
  { workerCount, crashesAfter }: { readonly workerCount: number; readonly crashesAfter: readonly number[] },
) {
  const stateDirectory = join(directory, String(++started));
  const memory = new MemoryConnector({ isReplayable: true, arrivalClock: 'recorded' });
  const told: AlertChange[] = [];
  let store = new SeriesInMemory();
  const { plan, diagnostics } = compile({ file: 'revision.mill', text: rules });
  expect(diagnostics).toEqual([]);
  const run = async () =>
    await runJob({
      plan: plan!,
      connectors: new Map([['memory', memory]]),
      store,
      platform: fastPlatform(),
      workerCount,
      stateDirectory,
      checkpointEveryMs: 2_000,
      signal: new AbortController().signal,
      onAlert: change => told.push(change),
    });
  const pushed = push(memory, events);
  for (const after of crashesAfter) {
    let left = after;
    store = store.with(async () => {
      await giveWay();
      if (left-- <= 0) throw new MillraceError('MR5200', 'the store has failed');
    });
    const error = await run().then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error !== null) expect(error).toMatchObject({ code: 'MR5200' });
  }
  store = store.with(async () => await giveWay());
  await run();
  await pushed;
  const stored = plan!.nodes.flatMap(node => (node.kind === 'store' && node.input !== 's' ? [node.input] : []));
  return {
    rows: Object.fromEntries(stored.map(name => [name, store.rowsOf(name)])),
    alerts: aftermathOf(told),
  };
}

async function push(memory: MemoryConnector, events: readonly Event[]): Promise<void> {
  for (const { device, value, timeMs, arrivalMs, isSlow } of events) {
    const event = { device, v: value, w: `w${((value % 3) + 3) % 3}`, ts: timeMs };
    await memory.channel('s').push([event], { arrivalUs: arrivalMs * 1_000 });
    if (isSlow) await delay(15);
  }
  memory.channel('s').end();
}

/** Of alerts that were not told wrongly, as who takes changes as they come knows of them: whether they fire, and at which level. */
function aftermathOf(told: readonly AlertChange[]): string[] {
  const alerts = new Map<string, string>();
  for (const { rule, key, id, change, level, comment } of told) {
    if (change === 'commented') {
      if (comment?.includes('would not have been raised') === true) alerts.delete(id);
    } else if (change === 'raised' || alerts.has(id)) {
      alerts.set(id, `${rule} ${key['device']} ${id} ${change === 'cleared' ? 'is over' : level}`);
    }
  }
  return [...alerts.values()].sort();
}

/** Waits pass a hundred times as fast; workers are on this thread, and know no symbol that they were not told. */
function fastPlatform(): Platform {
  const platform = createNodePlatform();
  const { clock, disk } = platform;
  const fast = {
    ...clock,
    monotonicMs: () => clock.monotonicMs() * SPEED,
    sleep: async (ms: number, signal?: AbortSignal) => await clock.sleep(ms / SPEED, signal),
  };
  const worker = { disk, monotonicMs: fast.monotonicMs, giveWay: fast.giveWay };
  return { ...platform, clock: fast, startWorker: () => new InlinePort(worker) };
}
