import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSimulatorConnector } from '../../../connectors/simulator/index.ts';
import type { Position, SourceRead } from '../../../engine/connector.ts';
import type { MillraceError } from '../../../engine/errors.ts';
import { describeSource } from '../conformance.ts';
import { field, motorNode, openSource, readAll, type ReadRow, rowsOf } from '../sources.ts';
import { runs } from '../../oracle/runs.ts';

const all = runs(1000);
const days = { ...all, numRuns: Math.ceil(all.numRuns / 400) }; // each goes through a day
const simulator = createSimulatorConnector();
const START_US = Date.UTC(2026, 2, 2) * 1000;
const HOUR_US = 3_600e6;

type Node = ReturnType<typeof motorNode>;

const readings = (query: string): Node =>
  motorNode({
    connector: 'simulator',
    address: `pump-station/readings?${query}`,
    key: ['gateway', 'pump'],
    fields: [
      field('gateway', 'symbol'),
      field('pump', 'symbol'),
      field('state', 'symbol'),
      field('quality', 'quality'),
      field('discharge', 'float'),
      field('current', 'float'),
      field('winding', 'float'),
      field('vibration', 'float'),
      field('flow', 'float'),
    ],
    time: { from: { kind: 'path', path: ['ts'] }, format: 'us' },
  });

const gateways = (query: string): Node =>
  motorNode({
    connector: 'simulator',
    address: `pump-station/gateways?${query}`,
    key: ['gateway'],
    fields: [field('gateway', 'symbol'), field('offset', 'float')],
    time: null,
  });

const faults = (query: string): Node =>
  motorNode({
    connector: 'simulator',
    address: `pump-station/faults?${query}`,
    key: ['gateway'],
    fields: [
      field('gateway', 'symbol'),
      field('pump', 'symbol'),
      field('fault', 'symbol'),
      field('to', 'time'),
      field('by', 'time'),
    ],
    time: { from: { kind: 'path', path: ['from'] }, format: 'us' },
  });

type Opening = Parameters<typeof openSource>[2];

async function rowsFrom(node: Node, opening: Opening = {}, maxEvents = 4_096): Promise<ReadRow[]> {
  const opened = await openSource(simulator, node, opening);
  const { rows, rejected } = await readAll(opened, { maxEvents });
  await opened.source.close();
  expect(rejected).toEqual([]);
  return rows;
}

/** Reads with the arrival of each row. */
async function arrivalsOf(node: Node): Promise<(ReadRow & { readonly arrivalUs: number })[]> {
  const { source, names, symbols } = await openSource(simulator, node);
  const { signal } = new AbortController();
  const rows: (ReadRow & { readonly arrivalUs: number })[] = [];
  for (let read = await source.read({ maxEvents: 4_096, signal }); read.kind === 'batch'; ) {
    const { batch } = read;
    rows.push(...rowsOf(batch, names, symbols).map((row, index) => ({ ...row, arrivalUs: batch.arrivalUs[index]! })));
    read = await source.read({ maxEvents: 4_096, signal });
  }
  return rows;
}

describeSource('a simulated truth', async () => {
  const rows = await rowsFrom(faults('seed=3&days=2'));
  expect(rows.length).toBeGreaterThan(12);
  return { open: position => openSource(simulator, faults('seed=3&days=2'), { position }), rows, rejectedCount: 0 };
});

describe('a day of five pumps', () => {
  const query = 'seed=4&days=1&pumps=5';
  let truth: ReadRow[];
  let events: Awaited<ReturnType<typeof arrivalsOf>>;
  beforeAll(async () => {
    truth = await rowsFrom(faults(query));
    events = await arrivalsOf(readings(query));
  });
  const faultsOf = (kind: string) => truth.filter(({ fault }) => fault === kind);

  it('has every kind of fault, each with its end and with the time by which it must be found', () => {
    const kinds = [
      'bearing_wear',
      'blocked_filter',
      'cavitation',
      'clock_jump',
      'dry_running',
      'silent_gateway',
      'stuck_sensor',
    ];
    expect([...new Set(truth.map(({ fault }) => fault))].sort()).toEqual(kinds);
    for (const { timeUs, to, by } of truth) {
      expect(by).toBeGreaterThan(timeUs);
      expect(to).toBeGreaterThan(Number(by));
    }
  });

  it('arrives in order, but is not of one order in time, and some of it comes twice', () => {
    expect(events.every(({ arrivalUs }, index) => index === 0 || arrivalUs >= events[index - 1]!.arrivalUs)).toBe(true);
    const newestOf = new Map<unknown, number>();
    let early = 0;
    for (const { pump, timeUs } of events) {
      if (timeUs < (newestOf.get(pump) ?? 0)) early++;
      newestOf.set(pump, Math.max(timeUs, newestOf.get(pump) ?? 0));
    }
    expect(early).toBeGreaterThan(100);
    const withValues = ({ arrivalUs: _, ...row }: (typeof events)[number]) => JSON.stringify(row);
    const repeated = events.length - new Set(events.map(withValues)).size;
    expect(repeated).toBeGreaterThan(events.length / 3_000);
    expect(repeated).toBeLessThan(events.length / 300);
  });

  it('hears nothing of a silent gateway, and then what it has kept', () => {
    const [{ timeUs: from, to } = expect.fail('no silence')] = faultsOf('silent_gateway');
    const end = Number(to);
    const during = events.filter(({ arrivalUs }) => arrivalUs > from + 3e6 && arrivalUs < end);
    expect(during).toEqual([]);
    const kept = events.filter(({ timeUs, arrivalUs }) => timeUs < end - 5e6 && arrivalUs > end);
    expect(kept.length).toBeGreaterThan(1_000);
  });

  it('stamps readings with a clock that is off, for as long as the truth says', () => {
    const [{ timeUs: from, to } = expect.fail('no jump')] = faultsOf('clock_jump');
    const isOff = ({ timeUs, arrivalUs }: { timeUs: number; arrivalUs: number }) =>
      Math.abs(timeUs - arrivalUs) > 100e6;
    const during = events.filter(({ arrivalUs }) => arrivalUs > from + 60e6 && arrivalUs < Number(to));
    expect(during.length).toBeGreaterThan(1_000);
    expect(during.every(isOff)).toBe(true);
    const silences = faultsOf('silent_gateway');
    const other = events.filter(({ arrivalUs }) =>
      [...silences, ...faultsOf('clock_jump')].every(
        fault => arrivalUs < fault.timeUs || arrivalUs > Number(fault.to) + 60e6,
      ),
    );
    expect(other.some(isOff)).toBe(false);
  });

  it('moves no water while a pump runs dry, and repeats one value of a sensor that sticks', () => {
    const dry = faultsOf('dry_running')[0]!;
    const during = (fault: ReadRow) =>
      events.filter(
        ({ pump, timeUs, arrivalUs, quality, state }) =>
          pump === fault['pump'] &&
          timeUs > fault.timeUs + 5e6 &&
          arrivalUs < Number(fault['to']) &&
          quality === 'good' &&
          state === 'running',
      );
    expect(during(dry).length).toBeGreaterThan(100);
    expect(Math.max(...during(dry).map(({ flow }) => Number(flow)))).toBeLessThan(20);
    const stuck = during(faultsOf('stuck_sensor')[0]!);
    const different = ['discharge', 'current', 'winding', 'vibration', 'flow'].map(
      name => new Set(stuck.map(row => row[name])).size,
    );
    expect(different.filter(count => count <= 5)).toHaveLength(1); // an outlier is none of the sensor's
  });
});

describe('a place in the simulation', () => {
  it('gives what follows it, wherever a run was stopped, in batches of any size', async () => {
    const query = 'seed=9&days=1&pumps=1';
    const whole = await rowsFrom(readings(query));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length }),
        fc.integer({ min: 1, max: 9_000 }),
        async (count, maxEvents) => {
          const position = await positionAfter(readings(query), count);
          const rest = await rowsFrom(readings(query), { position }, maxEvents);
          expect(rest.length).toBe(whole.length - count);
          expect(rest.slice(0, 5_000)).toEqual(whole.slice(count, count + 5_000));
          expect(rest.at(-1)).toEqual(count === whole.length ? undefined : whole.at(-1));
        },
      ),
      days,
    );
  }, 60_000);

  it('is the same of gateways', async () => {
    const whole = await rowsFrom(gateways('seed=9&days=1'));
    for (const count of [0, 1, 2, 3, 4, 5, 5_000, whole.length - 1, whole.length]) {
      const position = await positionAfter(gateways('seed=9&days=1'), count);
      expect(await rowsFrom(gateways('seed=9&days=1'), { position })).toEqual(whole.slice(count));
    }
  });

  it('lies behind one day where the simulation goes on for two', async () => {
    const day = await rowsFrom(readings('seed=9&days=1&pumps=1'));
    const position = await positionAfter(readings('seed=9&days=1&pumps=1'), day.length);
    const second = await rowsFrom(readings('seed=9&days=2&pumps=1'), { position });
    expect([...day, ...second]).toEqual(await rowsFrom(readings('seed=9&days=2&pumps=1')));
  }, 20_000);

  it('is small, and so is what is gone through again', async () => {
    const opened = await openSource(simulator, readings('seed=9&days=1&pumps=5'));
    const { marks } = await readAll(opened, { maxEvents: 40_000 });
    for (const { position, rows } of marks) {
      expect(JSON.stringify(position).length).toBeLessThan(4_000);
      expect(rows - Number(position['resting'])).toBeLessThan(2.2 * 5 * 3_600);
    }
  }, 20_000);

  it('is of one simulation only', async () => {
    const position = await positionAfter(faults('seed=1&days=1'), 2);
    const error = await openSource(simulator, faults('seed=2&days=1'), { position }).catch(caught => caught);
    expect(error).toMatchObject({ code: 'MR5402', message: expect.stringContaining('seed 1, 20 pumps') });
  });
});

describe('a simulation without an end', () => {
  it('gives what lies behind at once, and what comes not before its time', async () => {
    let nowUs = START_US + HOUR_US;
    const { source } = await openSource(simulator, readings('pumps=2'), { nowUs: () => nowUs });
    expect(source.progress).toBeUndefined();
    const past = await readUpTo(nowUs);
    expect(past).toBeGreaterThan(7_000);
    expect(await source.hasMore!()).toBe(false);
    nowUs += 10e6;
    expect(await source.hasMore!()).toBe(true);
    expect(await readUpTo(nowUs)).toBeLessThan(40);
    expect(await source.hasMore!()).toBe(false);

    async function readUpTo(timeUs: number): Promise<number> {
      let count = 0;
      while (await source.hasMore!()) {
        const read: SourceRead = await source.read({ maxEvents: 1_000, signal: new AbortController().signal });
        if (read.kind !== 'batch') return expect.fail(read.kind);
        count += read.batch.length;
        expect(Math.max(...read.batch.arrivalUs)).toBeLessThanOrEqual(timeUs);
      }
      return count;
    }
  });

  it('says what time it is while nothing comes', async () => {
    const { source } = await openSource(simulator, gateways('pumps=1'), { nowUs: () => START_US + 4e6 });
    const { signal } = new AbortController();
    expect(await source.read({ maxEvents: 10, signal })).toMatchObject({ kind: 'batch', batch: { length: 1 } });
    expect(await source.read({ maxEvents: 10, signal })).toMatchObject({ kind: 'tick', arrivalUs: START_US + 4e6 });
  });

  it('waits until it is told to stop', async () => {
    const { source } = await openSource(simulator, gateways('pumps=2'), { nowUs: () => START_US - 1e5 });
    const stop = new AbortController();
    const reading = source.read({ maxEvents: 10, signal: stop.signal });
    stop.abort();
    expect(await reading).toMatchObject({ kind: 'batch', batch: { length: 0 } });
  });
});

it('is played at a multiple of its pace', async () => {
  let nowUs = 5e6;
  const { source } = await openSource(simulator, gateways('days=1'), { speed: 60, nowUs: () => nowUs });
  const read = async () => {
    let count = 0;
    while (await source.hasMore!()) {
      const { batch } = (await source.read({ maxEvents: 100, signal: new AbortController().signal })) as Extract<
        SourceRead,
        { kind: 'batch' }
      >; // as: it has no end here
      count += batch.length;
    }
    return count;
  };
  await read();
  nowUs += 10e6; // ten minutes of 4 gateways, every 10 s
  expect(Math.abs((await read()) - 240)).toBeLessThanOrEqual(1);
});

describe('errors', () => {
  it.each([
    ['water-works/readings', 'it simulates "pump-station"'],
    ['pump-station', 'its streams are pump-station/readings, pump-station/gateways, pump-station/faults'],
    ['pump-station/readings?sead=7', 'did you mean seed?'],
    ['pump-station/readings?colour=red', 'its settings are seed, days, pumps, start'],
    ['pump-station/readings?days=0', '`days` is a whole number from 1 to 36,500'],
    ['pump-station/readings?pumps=1e3', '`pumps` is a whole number from 1 to 1,000'],
    ['pump-station/readings?start=yesterday', '`start` is a time such as 2026-03-02T00:00:00Z'],
  ])('%s', async (address, hint) => {
    const node = { ...readings(''), address };
    const error: MillraceError = await openSource(simulator, node).catch(caught => caught);
    expect(error).toMatchObject({
      code: 'MR5400',
      message: `${JSON.stringify(address)} names nothing that can be simulated`,
      hint,
    });
  });

  it('says what a message has', async () => {
    const node = { ...gateways('days=1'), fields: [field('gatway', 'symbol')], key: [] };
    const error: MillraceError = await openSource(simulator, node).catch(caught => caught);
    expect(error.code).toBe('MR5401');
    expect(error.hint).toContain('did you mean gateway?');
  });

  it('gives the default of a field that there is not', async () => {
    const fields = [field('gateway', 'symbol'), field('site', 'symbol', { default: 'north' })];
    const [row] = await rowsFrom({ ...gateways('days=1'), fields });
    expect(row).toMatchObject({ gateway: 'gw1', site: 'north' });
  });
});

/** As after a checkpoint: through its JSON. */
async function positionAfter(node: Node, count: number): Promise<Position | null> {
  const { source } = await openSource(simulator, node);
  const { signal } = new AbortController();
  let position: Position | null = null;
  for (let left = count; left > 0; ) {
    const read = await source.read({ maxEvents: Math.min(left, 10_000), signal });
    if (read.kind !== 'batch') return expect.fail(read.kind);
    position = read.position;
    left -= read.batch.length;
  }
  return position === null ? null : JSON.parse(JSON.stringify(position));
}
