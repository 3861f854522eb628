import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { createQuestDbConnector } from '../../connectors/questdb/index.ts';
import { QuestDbClient } from '../../connectors/questdb/questdb-client.ts';
import { applyTables, planTables } from '../../connectors/questdb/tables.ts';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { readScalar, SymbolTable } from '../../engine/batch.ts';
import type { Connector, Series } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { Engine } from '../../engine/engine.ts';
import { type JobWarning, startJob } from '../../engine/runtime/job.ts';
import type { RevisionCounts } from '../../engine/runtime/metrics/job-metrics.ts';
import { storedSeries } from '../../engine/runtime/stored-series.ts';
import { sharedQuestDb } from '../services/servers.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const RULES = `
stream rv from memory "rv" json { key device: symbol  temp: float  place: symbol  time ts as ms }
store rv keep 30d
stream rv_minute = from rv window tumbling 1m
  select count() as n, avg(temp) as mean, last(place) as place having n < 4 revise within 7d
store rv_minute
stream rv_early = from rv window hopping 2m every 1m select count() as n, max(temp) as top emit every 10s revise within 7d
store rv_early
stream rv_hour = from rv_minute window tumbling 1h select sum(n) as events, count() as minutes
store rv_hour
stream rv_visit = from rv window session 30s max 5m select count() as n, duration() as took revise within 7d
store rv_visit
stream rv_site = from rv window tumbling 1m by place select max(temp) as hottest, count() as n having n < 3 emit every 10s revise within 7d
store rv_site
stream rv_site_hour = from rv_site window tumbling 1h select sum(n) as n
store rv_site_hour
stream rv_plant = from rv window session 30s max 5m by global select count() as n, last(device) as last revise within 7d
store rv_plant
`;
const { plan } = compile({ file: 'rules.mill', text: RULES }) as { plan: Plan };
const SERIES = seriesOf(plan);
const REVISED = 6; // windows of it, one of them at two places
const START_MS = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000;

const client = new QuestDbClient({ url: await sharedQuestDb() });
let directory: string;
let tests = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-revised-'));
});

afterAll(async () => {
  await dropTables();
  await client.close();
  await rm(directory, { recursive: true, force: true });
});

const STORES = {
  QuestDB: async () => {
    await dropTables();
    await applyTables(client, await planTables(client, SERIES));
    return createQuestDbConnector({ url: client.origin });
  },
  DuckDB: async () => createDuckDbConnector({ path: join(directory, `${++tests}.duckdb`) }),
} satisfies Record<string, () => Promise<Connector>>;

/** An event comes at `at`, with its time `second`: in seconds from the start. */
type Event = { readonly second: number; readonly at?: number; readonly device?: string };

describe.each(Object.entries(STORES))('late events in %s', (_, open) => {
  it('make two sessions one, and the row of the other is void', async () => {
    const store = await open();
    const events = [...seconds(0, 10, 20, 60, 70, 130), { second: 40, at: 131 }, { second: 200 }];
    await run(store, { events });
    expect(await rows(store, 'rv_visit')).toEqual([
      ['a', 0, 6, 70e6, 1, false],
      ['a', 60, 2, 10e6, 1, true],
      ['a', 130, 1, 0, 0, false],
    ]);
  });

  it('take back a row that `having` leaves out then, and change what is behind it', async () => {
    const store = await open();
    const events = [...seconds(0, 20, 40, 61, 130, 3_700), { second: 50, at: 3_701 }, { second: 65, at: 3_702 }];
    await run(store, { events });
    expect(await rows(store, 'rv_minute')).toEqual([
      ['a', 0, 3, 20, 'p5', 1, true],
      ['a', 60, 2, 63, 'p2', 1, false],
      ['a', 120, 1, 130, 'p4', 0, false],
    ]);
    expect(await rows(store, 'rv_hour')).toEqual([['a', 0, 3, 2, 1, false]]);
  });

  it('change the panes that are open as well', async () => {
    const store = await open();
    await run(store, {
      events: [...seconds(5, 130, 140), { second: 120, at: 141 }, { second: 125, at: 141 }],
      thenEvents: seconds(150, 400), // when these come, the others have revised
    });
    expect(await rows(store, 'rv_minute')).toEqual([['a', 0, 1, 5, 'p5', 0, false]]); // five others are too many
    expect(await rows(store, 'rv_visit')).toEqual([
      ['a', 5, 1, 0, 0, false],
      ['a', 120, 5, 30e6, 0, false],
    ]);
  });

  it('are in the rows of the place that they name, whichever devices are there', async () => {
    const store = await open();
    // Seconds that are multiples of seven are at p0.
    const events = [
      ...seconds(0, 7),
      { second: 14, device: 'b' },
      { second: 70, device: 'b' },
      ...seconds(140, 210, 3_710),
      { second: 77, at: 3_711 },
      { second: 21, device: 'c', at: 3_712 }, // its first one: in order for c, and not for p0
      { second: 3_780, device: 'c' },
    ];
    await run(store, { events });
    expect((await rows(store, 'rv_site')).map(row => row.slice(0, 4))).toEqual([
      ['p0', 0, 7, 2], // an early one: with all four of them there is none
      ['p0', 60, 77, 2],
      ['p0', 120, 140, 1],
      ['p0', 180, 210, 1],
      ['p0', 3_660, 3_710, 1],
    ]);
    expect((await rows(store, 'rv_site_hour')).map(row => row.slice(0, 3))).toEqual([['p0', 0, 4]]);
  });

  it('are left alone where they are later than `revise` says', async () => {
    const store = await open();
    const week = 7 * 86_400;
    const events = [...seconds(100, 200), { second: 130 - week, at: 201 }, ...seconds(400)];
    expect((await run(store, { events }))?.tooLate).toBe(1); // though by device, by place and by nothing
    expect((await rows(store, 'rv_visit')).map(([device, second]) => [device, second])).toEqual([
      ['a', 100],
      ['a', 200],
    ]);
  });

  it('leave the rows of a run in which nothing was late, on any number of workers and over restarts', async () => {
    for (const workerCount of [0, 2]) {
      const events = lateEvents(workerCount);
      const late = await open();
      const stateDirectory = join(directory, `state ${++tests}`);
      await run(late, { events: events.slice(0, 150), workerCount, stateDirectory });
      await run(late, { events, workerCount, stateDirectory });
      const revised = await currentRows(late);
      const inOrder = await open();
      const sorted = [...events].sort((a, b) => a.second - b.second).map(({ at: _, ...event }) => event);
      await run(inOrder, { events: sorted, workerCount });
      expect(revised).toEqual(await currentRows(inOrder));
    }
  });
});

describe('late events that wait to revise rows', () => {
  it('are known to the next run where this one could not read the store', async () => {
    const store = await STORES.DuckDB();
    const away: Connector = {
      ...store,
      openReader: async () => {
        throw new MillraceError('MR5301', 'another has it', { retry: 'backoff' });
      },
    };
    const stateDirectory = join(directory, `state ${++tests}`);
    const events = [...seconds(0, 10, 20, 60, 70, 130), { second: 40, at: 131 }, { second: 200 }];
    const stopping = new AbortController();
    const codes: string[] = [];
    await run(away, {
      events,
      stateDirectory,
      isEnded: false,
      signal: stopping.signal,
      onWarning: ({ code }) => {
        codes.push(code);
        stopping.abort();
      },
    });
    expect(codes).toEqual(['MR6037']);
    expect((await rows(store, 'rv_visit')).map(row => row.at(-2))).toEqual([0, 0, 0]);

    await run(store, { events, stateDirectory });
    expect((await rows(store, 'rv_visit')).map(row => row.slice(1))).toEqual([
      [0, 6, 70e6, 1, false],
      [60, 2, 10e6, 1, true],
      [130, 1, 0, 0, false],
    ]);
  });

  it('are said to stay late where there is no store', async () => {
    const codes: string[] = [];
    await run(undefined, { events: seconds(0, 10), onWarning: ({ code }) => codes.push(code) });
    expect(codes).toEqual(['MR6039']);
  });
});

it('a gateway that comes back after six hours, with 100,000 readings, is put in order while others go on', async () => {
  const store = await STORES.DuckDB();
  const back = 6 * 3_600;
  const devices = Array.from({ length: 20 }, (_, i) => `g${i}`);
  const first = devices.map((device): Event => ({ second: back, device })); // which is what they say when they are back
  const missing = devices.flatMap(device =>
    Array.from({ length: 5_000 }, (_, i): Event => ({ second: Math.floor((i * back) / 5_000), device, at: back + 1 })),
  );
  const others = Array.from({ length: 120 }, (_, i): Event => ({ second: back + 2 + i, device: 'a' }));
  await run(store, { events: [...first, ...missing, ...others] });

  const inOrder = await STORES.DuckDB();
  const sorted = [...first, ...missing, ...others]
    .sort((x, y) => x.second - y.second)
    .map(({ at: _, ...event }) => event);
  await run(inOrder, { events: sorted });
  const found = await currentRows(store);
  expect(found).toEqual(await currentRows(inOrder));
  expect(found['rv_visit']!.length).toBeGreaterThan(20 * 60);
});

describe('alerts behind a revised window', () => {
  const hot = 'high when top > 90  clear when top < 80';

  it('that were missed are told at their own time', async () => {
    const told = await alertsOf(hot, [...readings(0, 600, 70), reading(190, 95, 601), ...readings(620, 700, 70)]);
    expect(told).toEqual(['raised 180 high historical', 'cleared 240 high historical']);
  });

  it('that were told wrongly are commented on', async () => {
    const events = [
      ...readings(0, 180, 70),
      ...readings(180, 240, 95),
      ...readings(240, 600, 70),
      reading(200, 60, 601),
    ];
    const told = await alertsOf('high when low > 90  clear when low < 80', [...events, ...readings(620, 700, 70)]);
    expect(told).toEqual([
      'raised 180 high',
      'cleared 240 high',
      'commented 680 high in the light of late events, it would not have been raised',
    ]);
  });

  it('that fire and would not are cleared', async () => {
    const events = [...readings(0, 180, 70), ...readings(180, 320, 95), reading(200, 60, 321), reading(250, 60, 322)];
    const told = await alertsOf('high when low > 90 for 1m  clear when low < 20', [
      ...events,
      ...readings(340, 400, 70),
    ]);
    expect(told.slice(0, 1)).toEqual(['raised 240 high']);
    expect(told.slice(1).map(line => line.replace(/ \d+/, ''))).toEqual([
      'commented high in the light of late events, it would not have been raised',
      'cleared high historical',
    ]);
  });

  it('that late events change nothing of go on as they are', async () => {
    const events = [...readings(0, 1_200, 95), reading(900, 95, 1_201), ...readings(1_220, 1_400, 70)];
    expect(await alertsOf(hot, events)).toEqual(['raised 0 high', 'cleared 1200 high']);
  });
});

describe('alerts that escalate, behind a revised window', () => {
  const patience = 'escalate to critical after 5m unless acked';

  it('do not where they were missed and are over', async () => {
    const events = [...readings(0, 600, 70), reading(190, 95, 601), ...readings(620, 1_200, 70)];
    const told = await alertsOf(`high when top > 90  clear when top < 80  ${patience}`, events);
    expect(told).toEqual(['raised 180 high historical', 'cleared 240 high historical']);
  });

  it('do so long after somebody has been told of them, where they fire', async () => {
    const events = [...readings(0, 600, 85), reading(190, 95, 601)];
    const told = await alertsOf(
      `high when top > 90  clear when top < 80  ${patience}`,
      events,
      readings(620, 1_200, 85),
    );
    expect(told).toEqual(['raised 180 high historical', 'escalated 901 critical']);
  });

  it('stay where that has brought them', async () => {
    const events = [...readings(0, 60, 60), ...readings(60, 700, 85), reading(200, 97, 701)];
    const told = await alertsOf(
      `high when top > 80  critical when top > 95  clear when top < 70  ${patience}`,
      events,
      readings(720, 900, 60),
    );
    expect(told.map(line => line.replaceAll(/ at [^ ,]+/g, ''))).toEqual([
      'raised 60 high',
      'escalated 420 critical',
      'commented 680 critical in the light of late events, it would have become critical, it would have become high',
      'cleared 720 critical',
    ]);
  });

  it('are over where nothing would have raised them', async () => {
    const events = [
      ...readings(0, 60, 60),
      ...readings(60, 700, 95),
      ...Array.from({ length: 10 }, (_, i) => reading(65 + i * 60, 50, 701)),
    ];
    const told = await alertsOf(
      `high when low > 90 for 2m  clear when low < 20  ${patience}`,
      events,
      readings(720, 780, 60),
    );
    expect(told).toEqual([
      'raised 180 high',
      'escalated 480 critical',
      'commented 680 critical in the light of late events, it would not have been raised',
      'cleared 680 critical historical',
    ]);
  });
});

type Reading = { readonly second: number; readonly temp: number; readonly at?: number };

/** One every twenty seconds. */
function readings(from: number, until: number, temp: number): Reading[] {
  return Array.from({ length: (until - from) / 20 }, (_, i) => ({ second: from + i * 20, temp }));
}

function reading(second: number, temp: number, at: number): Reading {
  return { second, temp, at };
}

/** What is told of the alerts of a rule, in its order: change, second, level, and what else there is to say. */
async function alertsOf(
  body: string,
  events: readonly Reading[],
  thenEvents: readonly Reading[] = [], // when the others have revised
): Promise<string[]> {
  const rules = `
    stream ra from memory "ra" json { key device: symbol  temp: float  time ts as ms }
    store ra keep 30d
    stream ra_minute = from ra window tumbling 1m select max(temp) as top, min(temp) as low revise within 7d
    rule hot on ra_minute { ${body} }`;
  const memory = new MemoryConnector({ isReplayable: true, arrivalClock: 'recorded' });
  const push = async (some: readonly Reading[]) => {
    for (const { second, temp, at = second } of some) {
      const event = { device: 'a', temp, ts: START_MS + second * 1_000 };
      await memory.channel('ra').push([event], { arrivalUs: (START_MS + at * 1_000) * 1_000 });
    }
  };
  await push(events);
  if (thenEvents.length === 0) memory.channel('ra').end();
  const told: string[] = [];
  const { plan: checked, diagnostics } = compile({ file: 'rules.mill', text: rules });
  expect(diagnostics).toEqual([]);
  const job = startJob({
    plan: checked!,
    connectors: new Map([['memory', memory]]),
    workerCount: 0,
    store: await STORES.DuckDB(),
    signal: new AbortController().signal,
    onAlert: ({ change, timeUs, level, state = [], comment }) => {
      const second = (timeUs / 1_000 - START_MS) / 1_000;
      told.push([change, second, level, ...state, ...(comment === undefined ? [] : [comment])].join(' '));
    },
  });
  if (thenEvents.length > 0) {
    await vi.waitFor(async () => expect((await job.metrics()).streams['ra']?.revised.keys).toBe(1), {
      timeout: 60_000,
    });
    await push(thenEvents);
    memory.channel('ra').end();
  }
  await job.done;
  return told;
}

/** Some of which are late, by minutes or by hours. */
function lateEvents(seed: number): Event[] {
  const next = random(seed);
  const events: Event[] = [];
  let now = 10;
  for (let i = 0; i < 300; i++) {
    now += Math.floor(next() * 40);
    const lateBy = next() < 0.2 ? Math.floor(next() ** 3 * 5_000) : 0;
    events.push({ second: Math.max(0, now - lateBy), at: now, device: `d${Math.floor(next() * 3)}` });
  }
  return [...events, { second: now + 60, device: 'd0' }]; // none is later
}

/** A generator that gives the same numbers for the same seed. */
function random(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Of all series, without revisions. */
async function currentRows(store: Connector): Promise<Record<string, unknown[][]>> {
  const names = SERIES.filter(({ kind }) => kind === 'derived').map(({ stream }) => stream);
  const found: Record<string, unknown[][]> = {};
  for (const name of names) {
    found[name] = (await rows(store, name)).filter(row => row.at(-1) === false).map(row => row.slice(0, -2));
  }
  return found;
}

function seriesOf({ nodes }: Plan): readonly Series[] {
  const rowStreams = nodes.flatMap(node => (node.kind === 'store' ? [node.id] : []));
  const { shapes } = new Engine(plan, { rowStreams });
  return storedSeries(plan, node => shapes.get(node)!).map(({ series }) => series);
}

function seconds(...all: number[]): Event[] {
  return all.map(second => ({ second }));
}

/** One run over all events, in the order in which they come. */
async function run(
  store: Connector | undefined,
  options: {
    readonly events: readonly Event[];
    readonly thenEvents?: readonly Event[];
    readonly workerCount?: number;
    readonly stateDirectory?: string;
    readonly isEnded?: boolean;
    readonly signal?: AbortSignal;
    readonly onWarning?: (warning: JobWarning) => void;
  },
): Promise<RevisionCounts | undefined> {
  const { workerCount = 0, stateDirectory = null, isEnded = true, thenEvents = [], onWarning } = options;
  const memory = new MemoryConnector({ isReplayable: true, arrivalClock: 'recorded', capacity: 1_000_000 });
  const push = async (events: readonly Event[]) => {
    for (const { second, at = second, device = 'a' } of events) {
      const event = { device, temp: second, place: `p${((second % 7) + 7) % 7}`, ts: START_MS + second * 1_000 };
      await memory.channel('rv').push([event], { arrivalUs: (START_MS + at * 1_000) * 1_000 });
    }
  };
  await push(options.events);
  if (isEnded && thenEvents.length === 0) memory.channel('rv').end();
  const job = startJob({
    plan,
    connectors: new Map([['memory', memory]]),
    ...(store === undefined ? {} : { store }),
    workerCount,
    stateDirectory,
    signal: options.signal ?? new AbortController().signal,
    ...(onWarning === undefined ? {} : { onWarning }),
  });
  if (thenEvents.length > 0) {
    await vi.waitFor(async () => expect((await job.metrics()).streams['rv']?.revised.keys).toBe(REVISED), {
      timeout: 60_000,
    });
    await push(thenEvents);
    memory.channel('rv').end();
  }
  await job.done;
  return (await job.metrics()).streams['rv']?.revised;
}

/** Key, seconds from the start, fields, revision, and whether it is void. */
async function rows(store: Connector, name: string): Promise<unknown[][]> {
  const series = SERIES.find(({ stream }) => stream === name)!;
  const symbols = new SymbolTable();
  const reader = await store.openReader!();
  await reader.settled?.(name);
  const found: unknown[][] = [];
  const span = { fromUs: START_MS * 1_000 - 8 * 86_400e6, toUs: (START_MS + 86_400_000) * 1_000 };
  for await (const part of reader.read({ series, symbols, ...span, pageRows: 1_000, hasVoid: true })) {
    const [key, ...columns] = [...part.key, ...part.columns, ...part.own!];
    for (let row = 0; row < part.length; row++) {
      const second = (part.timeUs[row]! / 1_000 - START_MS) / 1_000;
      found.push([readScalar(key!, row, symbols), second, ...columns.map(column => readScalar(column, row, symbols))]);
    }
  }
  await reader.close();
  return found;
}

async function dropTables(): Promise<void> {
  for (const { stream } of SERIES) await client.query(`DROP TABLE IF EXISTS "${stream}"`);
}
