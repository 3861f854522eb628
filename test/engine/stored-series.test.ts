import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import { readScalar, type Scalar } from '../../engine/batch.ts';
import { SERIES_FIELDS } from '../../dsl/plan.ts';
import type { Connector, RowBatch, Series } from '../../engine/connector.ts';
import { runJob } from '../../engine/runtime/job.ts';

const RULES = `
stream m from memory "m" json { key device: symbol  site: symbol  temp: float  time ts as ms  lateness 1s }
store m keep 30d
stream m_10s = from m window tumbling 10s select avg(temp) as mean
store m_10s
stream by_site = from m by site window tumbling 10s select count() as n
store by_site
stream early = from m window tumbling 10s select avg(temp) as mean, count() as n emit every 2s
store early
`;

it.each([0, 1, 3])('raw and derived series are stored, with %i workers', async workerCount => {
  const { series, rows } = await storedBy({ workerCount, stopAfter: [] });
  expect(series).toEqual([
    { stream: 'm', kind: 'raw', keepUs: 2_592_000e6, key: ['device symbol'], fields: ['site symbol', 'temp float'] },
    { stream: 'm_rejected', kind: 'rejected', keepUs: 2_592_000e6, key: ['device string'], fields: [] },
    { stream: 'm_10s', kind: 'derived', keepUs: null, key: ['device symbol'], fields: ['mean float'] },
    { stream: 'by_site', kind: 'derived', keepUs: null, key: ['site symbol'], fields: ['n int'] },
    { stream: 'early', kind: 'derived', keepUs: null, key: ['device symbol'], fields: ['mean float', 'n int'] },
  ]);
  expect(rows['m']!.length).toBe(EVENTS.length);
  expect(rows['m']!.sort(byIdentity)).toEqual(EVENTS.map(expectedRow));
  expect(rows['m_10s']!.length).toBeGreaterThan(5);
  expect(rows['by_site']!.reduce((sum, row) => sum + Number(row['n']), 0)).toBe(countInClosedPanes());
});

it('what is stored again after a stop is the same', async () => {
  const whole = await storedBy({ workerCount: 2, stopAfter: [] });
  const parts = await storedBy({ workerCount: 2, stopAfter: [40, 90] });
  for (const stream of ['m', 'm_10s', 'by_site', 'early'])
    expect(unique(parts.rows[stream]!)).toEqual(unique(whole.rows[stream]!));
});

it.each([
  { workerCount: 0, stopAfter: [] },
  { workerCount: 3, stopAfter: [40, 90] },
])('an early row is replaced by later ones, at last by the closing row: %j', async run => {
  const { rows } = await storedBy(run);
  const closing = Map.groupBy(rows['m_10s']!, paneOf);
  const early = Map.groupBy(rows['early']!, paneOf);
  let replaced = 0;
  for (const [pane, shown] of early) {
    const last = shown.toSorted((a, b) => Number(a['revision']) - Number(b['revision'])).at(-1)!;
    expect(shown.at(-1), 'written last').toEqual(last);
    expect(shown.every(row => row['void'] === false)).toBe(true);
    const closed = closing.get(pane)?.at(-1);
    if (closed === undefined) continue; // still open at the end
    expect(last['mean']).toBe(closed['mean']);
    if (shown.length > 1) replaced++;
  }
  expect([...early.keys()]).toEqual(expect.arrayContaining([...closing.keys()]));
  expect(replaced).toBeGreaterThan(5);
});

it.each([
  { workerCount: 0, stopAfter: [] },
  { workerCount: 3, stopAfter: [] },
  { workerCount: 2, stopAfter: [30, 60, 90] },
])('what is rejected is stored, once: %j', async run => {
  const { rows } = await storedBy({ ...run, messages: [...MESSAGES, ...POISON, ...BOMB], maxKeys: 16 * DEVICES });
  const stored = Map.groupBy(once(rows['m']!), row => Number(row['seq']) > EVENTS.length);
  expect(stored.get(false)!.length).toBe(EVENTS.length);
  const rejected = Map.groupBy(once(rows['m_rejected']!), row => Number(row['seq']) > EVENTS.length + POISON.length);
  expect(rejected.get(false)).toEqual(
    POISON_ROWS.map((expected, i) => ({
      time: POISON[i]!.arrivalUs,
      reason: expect.stringMatching(/./),
      raw: expect.any(String),
      source: 'memory m',
      seq: EVENTS.length + i + 1,
      item: 0,
      ...expected,
    })),
  );
  const refused = rejected.get(true)!;
  expect(refused.every(row => row['code'] === 'MR4021' && row['event_time'] === row['time'])).toBe(true);
  expect(refused.length).toBeGreaterThanOrEqual(BOMB.length - 15 * DEVICES);
  expect([...refused, ...stored.get(true)!].map(row => row['device']).sort()).toEqual(
    BOMB.map(({ event }) => event['device']).sort(),
  );
});

type Row = Record<string, Scalar>;
type Message = { readonly event: Record<string, unknown>; readonly arrivalUs: number };
type StoredRun = {
  readonly workerCount: number;
  readonly stopAfter: readonly number[];
  readonly messages?: readonly Message[];
  readonly maxKeys?: number;
};

async function storedBy({ workerCount, stopAfter, messages = MESSAGES, maxKeys }: StoredRun) {
  const { plan } = compile({ file: 's.mill', text: RULES });
  const memory = new MemoryConnector({ isReplayable: true, arrivalClock: 'recorded' });
  for (const { event, arrivalUs } of messages) await memory.channel('m').push([event], { arrivalUs });
  memory.channel('m').end();
  const store = new FakeStore();
  const stateDirectory = mkdtempSync(join(tmpdir(), 'millrace-stored-'));
  for (const stop of [...stopAfter, Infinity]) {
    const controller = new AbortController();
    await runJob({
      plan: plan!,
      connectors: new Map([['memory', memory]]),
      store,
      workerCount,
      maxKeys,
      stateDirectory,
      checkpointEveryMs: 1,
      onProgress: ({ events }) => events >= stop && controller.abort(),
      signal: controller.signal,
    });
  }
  rmSync(stateDirectory, { recursive: true });
  return { series: store.series.slice(0, 5), rows: store.rows };
}

class FakeStore implements Connector {
  readonly name = 'fake';
  readonly series: unknown[] = [];
  readonly rows: Record<string, Row[]> = {};

  openStore: NonNullable<Connector['openStore']> = async ({ series }) => {
    const described = (field: Series['key'][number]) => `${field.name} ${field.type}`;
    const { stream, kind, keepUs, key, fields } = series;
    this.series.push({ stream, kind, keepUs, key: key.map(described), fields: fields.map(described) });
    const rows = (this.rows[stream] ??= []);
    return {
      maxInFlight: 1,
      write: async input => {
        if (input.kind === 'rows') rows.push(...rowsOf(input.batch, series));
      },
      position: async () => null,
      close: async () => {},
    };
  };
}

function rowsOf({ columnar }: RowBatch, series: Series): Row[] {
  const { parts, symbols } = columnar!;
  return parts.flatMap(part => {
    const names = [...series.key, ...series.fields, ...(part.own === undefined ? [] : SERIES_FIELDS[series.kind])];
    const columns = [...part.key, ...part.columns, ...(part.own ?? [])];
    return Array.from({ length: part.length }, (_, row) => ({
      time: part.timeUs[row]!,
      ...Object.fromEntries(columns.map((column, c) => [names[c]!.name, readScalar(column, row, symbols)])),
    }));
  });
}

const DEVICES = 5;
const EVENTS = Array.from({ length: 150 }, (_, i) => {
  const arrivalMs = 1_000_000 + i * 200;
  const delayMs = i % 11 === 0 ? 2_500 : (i % 3) * 100;
  const temp = i % 7 === 0 ? null : i;
  return {
    device: `d${i % DEVICES}`,
    site: `s${i % 2}`,
    temp,
    ts: arrivalMs - delayMs,
    arrivalUs: arrivalMs * 1_000,
    sequence: i + 1,
  };
});

const MESSAGES: readonly Message[] = EVENTS.map(({ device, site, temp, ts, arrivalUs }) => ({
  event: { device, site, temp, ts },
  arrivalUs,
}));

function isLate(index: number): boolean {
  const { device, ts } = EVENTS[index]!;
  const before = EVENTS.slice(0, index).filter(event => event.device === device);
  return before.length > 0 && ts < Math.max(...before.map(event => event.ts)) - 1_000;
}

function countInClosedPanes(): number {
  const openMs = Math.floor(Math.max(...EVENTS.map(event => event.ts)) / 10_000) * 10_000;
  return EVENTS.filter((event, index) => !isLate(index) && event.ts < openMs).length;
}

function expectedRow({ device, site, temp, ts, arrivalUs, sequence }: (typeof EVENTS)[number], index: number): Row {
  return {
    time: ts * 1_000,
    device,
    site,
    temp,
    arrived: arrivalUs,
    late: isLate(index),
    source: 'memory m',
    seq: sequence,
    item: 0,
  };
}

function paneOf({ time, device }: Row): string {
  return JSON.stringify([time, device]);
}

function byIdentity(a: Row, b: Row): number {
  return Number(a['seq']) - Number(b['seq']);
}

/** A row that is written again takes its own place, as in a store. */
function once(rows: readonly Row[]): Row[] {
  const byName = new Map(rows.map(row => [JSON.stringify([row['time'], row['source'], row['seq'], row['item']]), row]));
  return [...byName.values()].sort(byIdentity);
}

function unique(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(row => JSON.stringify(row)))].sort();
}

const POISON_AT_MS = 1_000_000 + EVENTS.length * 200;
const EVENT_TIME = POISON_AT_MS * 1_000;
const POISON: readonly Message[] = [
  { device: 'd1', site: 's', temp: 'hot', ts: POISON_AT_MS },
  { device: null, site: 's', temp: 1, ts: POISON_AT_MS },
  { device: 'd2', site: 's', temp: 1, ts: 'then' },
  { device: 'd3', site: 's', temp: 1, ts: POISON_AT_MS + 86_400_000 },
].map((event, i) => ({ event, arrivalUs: EVENT_TIME + i }));
const POISON_ROWS: readonly Row[] = [
  { code: 'MR4010', device: 'd1', event_time: EVENT_TIME },
  { code: 'MR4014', device: null, event_time: EVENT_TIME },
  { code: 'MR4016', device: 'd2', event_time: null },
  { code: 'MR4020', device: 'd3', event_time: EVENT_TIME + 86_400e6 },
];
/** More keys than may be. */
const BOMB: readonly Message[] = Array.from({ length: 200 }, (_, i) => ({
  event: { device: `x${i}`, site: 's', temp: 1, ts: POISON_AT_MS + 1 },
  arrivalUs: EVENT_TIME + 1_000,
}));
