import { describe, expect, it } from 'vitest';
import { createJournalConnector } from '../../connectors/journal/index.ts';
import type { JournalOptions } from '../../connectors/journal/journal-options.ts';
import { JournalWriter } from '../../connectors/journal/journal-writer.ts';
import type { Position } from '../../engine/connector.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { message, messages, numbersOf, readJournal } from '../connectors/journals.ts';
import { motorNode, type OpenedSource, openSource, rowsOf } from '../connectors/sources.ts';
import { FakeDisk } from './fake-disk.ts';
import { runs } from '../oracle/runs.ts';

const RUNS = runs().numRuns;
const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());

/**
 * A writer and a reader on a disk that crashes, tears, fills up and fails syncs, over several lives. Each life ends at
 * a random step, with a power cut or a kill. What is known outside, which a crash does not take, is what was acknowledged to
 * the one who sends and what the reader's checkpoint holds.
 */
describe('a journal over power cuts and kills', () => {
  it(`keeps every acknowledged message, once and in order (${RUNS} runs, seed ${SEED})`, async () => {
    for (let run = 0; run < RUNS; run++) await simulate(`${SEED}/${run}`);
  });
});

describe('a journal', () => {
  it('is not put in order by a reader while it is written', async () => {
    const synced = Promise.withResolvers<void>();
    let isWaiting = false;
    const disk = new FakeDisk({
      random: () => 0.2,
      step: async what => {
        if (!isWaiting || !what.startsWith('sync /')) return;
        isWaiting = false;
        await synced.promise;
      },
    });
    const writer = await openedWriter(disk);
    await writer.append([message(1)]);
    isWaiting = true;
    const appended = writer.append([message(2)]);
    await expect.poll(() => isWaiting).toBe(false); // it is written, and being synced
    const takeLock = () => ({ ownerProcessId: 1 });
    const node = motorNode({ connector: 'journal', address: 'motor' });
    const connector = createJournalConnector({ disk, root: '/journals', takeLock, sleep: never });
    const { source } = await openSource(connector, node);
    expect(await source.backlog!()).toBe(1);
    synced.resolve();
    await appended;
    expect(await source.backlog!()).toBe(2);
  });

  it('has no hole where segments were removed', async () => {
    let draws = 0;
    const disk = new FakeDisk({ random: () => (draws++ % 2 === 0 ? 0.9 : 0.1), step: async () => {} }); // every other one
    const takeLock = () => ({ release: () => {} });
    let nowUs = 1e9;
    const journals: JournalOptions = { disk, root: '/journals', takeLock, sleep: never };
    const options = { ...journals, name: 'motor', nowUs: () => nowUs, segmentBytes: 250, maxAgeUs: 1_000_000 };
    const writer = await JournalWriter.open(options);
    for (let n = 1; n <= 20; n++) await writer.append([message(n)]);
    const node = motorNode({ connector: 'journal', address: 'motor' });
    const opened = await openSource(createJournalConnector(journals), node);
    const { reads } = await readJournal(opened);
    await opened.source.acknowledge(reads.at(-1)!.position);
    nowUs += 5_000_000;
    await writer.append([message(21)]); // removes several segments
    disk.crash();
    const other = await openSource(createJournalConnector(journals), { ...node, id: 'other' });
    expect(numbersOf(await readJournal(other)).at(-1)).toBe(21);
  });
});

describe('a journal of which the process was killed', () => {
  it('is written again where a sync had failed, before it counts', async () => {
    const disk = new FakeDisk({ random: () => 0.2, step: async () => {} }); // what was not synced is read all the same
    const first = await openedWriter(disk);
    await first.append([message(1)]);
    disk.failingSyncs = 1;
    await expect(first.append([message(2)])).rejects.toMatchObject({ code: 'MR5034' });
    const { lastSequence } = await openedWriter(disk);
    expect(lastSequence).toBe(2);
    disk.crash();
    expect((await openedWriter(disk)).lastSequence).toBe(2);
  });

  it('has a segment for good before a message in it is acknowledged, though another one made it', async () => {
    let isKilled = false;
    const disk = new FakeDisk({
      random: () => 0.9, // no name survives a power cut that was not synced
      step: async what => {
        if (isKilled && what.startsWith('syncFolder')) throw new Error('killed');
      },
    });
    const first = await openedWriter(disk);
    isKilled = true;
    await expect(first.append([message(1)])).rejects.toMatchObject({ code: 'MR5034' });
    isKilled = false;
    expect(await (await openedWriter(disk)).append([message(1)])).toBe(1);
    disk.crash();
    expect((await openedWriter(disk)).lastSequence).toBe(1);
  });

  it('goes on without the segment that was being made', async () => {
    let isKilled = false;
    const disk = new FakeDisk({
      random: () => 0.2,
      step: async what => {
        if (isKilled && what.startsWith('write') && what.endsWith('2.log')) throw new Error('killed');
      },
    });
    const first = await openedWriter(disk);
    await first.append([message(1)]);
    isKilled = true;
    await expect(first.append(messages(2, 5))).rejects.toMatchObject({ code: 'MR5034' }); // they take a new segment
    isKilled = false;
    const second = await openedWriter(disk);
    await second.append([message(2)]);
    await second.append(messages(3, 6));
    expect((await openedWriter(disk)).lastSequence).toBe(6);
  });
});

/** Without a lock, since one that was killed has none. */
async function openedWriter(disk: FakeDisk): Promise<JournalWriter> {
  const takeLock = () => ({ release: () => {} });
  const options = { disk, root: '/journals', name: 'motor', takeLock, sleep: never, nowUs: () => 1e9 };
  return await JournalWriter.open({ ...options, segmentBytes: 250 });
}

async function simulate(seed: string): Promise<void> {
  const random = createRandom(seed);
  const world: World = { random, sent: 0, acknowledged: [], read: [], position: null, stepsLeft: Infinity, nowUs: 1e9 };
  const disk = new FakeDisk({ random, step: what => step(world, what) });
  const journals: JournalOptions = {
    disk,
    root: '/journals',
    takeLock: () => ({ release: () => {} }),
    sleep: async () => {},
  };
  try {
    for (let life = 0; life < 4; life++) {
      world.stepsLeft = 5 + Math.floor(random() * 150);
      disk.failingSyncs = random() < 0.2 ? 2 : 0;
      disk.quotaBytes = random() < 0.1 ? disk.usedBytes + 1_500 : Infinity;
      await live(journals, world).catch(requireCrash);
      world.stepsLeft = Infinity;
      disk.failingSyncs = 0;
      disk.quotaBytes = Infinity;
      if (random() < 0.6) disk.crash(); // else the process was killed, and the disk goes on
    }
    await readOn(await openReader(journals, world), world);
    expectAll(world);
  } catch (error) {
    throw new Error(`seed ${JSON.stringify(seed)}`, { cause: error });
  }
}

type World = {
  readonly random: () => number;
  sent: number;
  /** Numbers of messages, by what their sender knows. */
  readonly acknowledged: number[];
  /** Of the reader, as in its checkpoint: what it read up to the position. */
  read: number[];
  position: Position | null;
  stepsLeft: number;
  nowUs: number;
};

async function step(world: World, what: string): Promise<void> {
  if (world.stepsLeft-- <= 0) throw new Error(`power cut at ${what}`);
  world.nowUs += Math.floor(world.random() * 300_000) - 50_000; // the clock steps back now and then
}

/** Writes and reads by turns, until the power goes. */
async function live(journals: JournalOptions, world: World): Promise<void> {
  const writer = await JournalWriter.open({
    ...journals,
    sleep: never, // no ticks: they would hide which message a sequence has
    name: 'motor',
    nowUs: () => world.nowUs,
    maxBytes: 30_000,
    segmentBytes: 3_000,
  });
  // The writer has put the journal in order, and has the lock.
  const reader = await openReader({ ...journals, takeLock: () => ({ ownerProcessId: 1 }) }, world);
  for (;;) {
    const appends = Array.from({ length: 1 + Math.floor(world.random() * 3) }, () => sendSome(writer, world));
    for (const sent of await Promise.all(appends)) world.acknowledged.push(...sent);
    if (world.stepsLeft <= 0) throw new Error('power cut');
    if (world.random() < 0.5) await readOn(reader, world);
  }
}

async function sendSome(writer: JournalWriter, world: World): Promise<number[]> {
  const numbers = Array.from({ length: 1 + Math.floor(world.random() * 4) }, () => ++world.sent);
  try {
    await writer.append(
      numbers.map(n => Buffer.from(`{"ts":1,"device":"${'m'.repeat(world.random() * 400)}","temp":${n}}`)),
    );
    return numbers;
  } catch {
    return []; // refused: of the message it is not known whether it is there
  }
}

async function openReader(journals: JournalOptions, { position }: World): Promise<OpenedSource> {
  const node = motorNode({ connector: 'journal', address: 'motor', key: [] });
  return await openSource(createJournalConnector(journals), node, { position });
}

/** Reads what is there, with a checkpoint of position and result at once, and acknowledges it. */
async function readOn({ source, names, symbols }: OpenedSource, world: World): Promise<void> {
  const { signal } = new AbortController();
  while (await source.hasMore!()) {
    const read = await source.read({ maxEvents: 1 + Math.floor(world.random() * 9), signal });
    if (read.kind !== 'batch') throw new Error(`a ${read.kind}`);
    expect(read.batch.rejected).toEqual([]);
    world.read.push(...rowsOf(read.batch, names, symbols).map(row => Number(row['temp'])));
    world.position = read.position;
    if (world.random() < 0.5) await source.acknowledge(read.position);
  }
}

function expectAll({ acknowledged, read, sent }: World): void {
  const known = new Set(acknowledged);
  expect(read.filter(n => known.has(n))).toEqual(acknowledged);
  expect(new Set(read).size).toBe(read.length);
  expect(read.every((n, index) => n <= sent && (index === 0 || n > read[index - 1]!))).toBe(true);
}

function requireCrash(error: unknown): void {
  const text = JSON.stringify([String(error), String((error as Error).cause)]);
  if (!/power cut|EIO|ENOSPC/.test(text)) throw error;
}

const never = (_ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise(resolve => signal?.addEventListener('abort', () => resolve()));
