import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../engine/operator.ts';
import { readManifest } from '../../engine/runtime/checkpoint/checkpoint-manifest.ts';
import {
  CheckpointStore,
  type PartReference,
  type StoredCheckpoint,
} from '../../engine/runtime/checkpoint/checkpoint-store.ts';
import { readSnapshotFile, writeSnapshotFile } from '../../engine/runtime/checkpoint/snapshot-file.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { FakeDisk } from './fake-disk.ts';
import { runs } from '../oracle/runs.ts';

const FOLDER = '/state/pumps';
const RUN = runs(200);
const KEPT = 3;
const CHAIN = 4; // a checkpoint has the parts of so many rounds
const WORKERS = ['worker-0', 'worker-1'];

describe('a store of checkpoints', () => {
  let disk: FakeDisk;
  beforeEach(() => {
    disk = calmDisk('store');
  });

  it('is empty at first', async () => {
    const store = await CheckpointStore.open(disk, FOLDER, { kept: KEPT });
    expect(await store.latest()).toBeUndefined();
    expect(await store.oldestKept()).toBeUndefined();
    expect(store.nextId).toBe(1);
  });

  it('keeps the last few, with the parts that they name', async () => {
    await run(disk, 9);
    const names = await disk.list(FOLDER);
    expect(names.filter(name => name.startsWith('checkpoint'))).toEqual(
      [7, 8, 9].map(id => `checkpoint-${digits(id)}`),
    );
    // The oldest kept one names the parts of rounds 4 to 7.
    expect(names.filter(name => name.startsWith('part'))).toEqual(
      [4, 5, 6, 7, 8, 9].flatMap(id => WORKERS.map(name => `part-${digits(id)}-${name}`)),
    );
    const { store, latest } = await openedStore(disk);
    expect(latest).toMatchObject({ id: 9, content: contentOf(9), passedOver: [] });
    expect(await store.oldestKept()).toEqual(contentOf(7));
    expect(store.nextId).toBe(10);
    await expectParts(disk, latest!);
  });

  it('removes what a crash left of a checkpoint, and nothing else', async () => {
    await run(disk, 2);
    for (const name of ['checkpoint-0000000003.new', 'part-0000000003-worker-0', 'lock', 'notes.txt']) {
      await (await disk.open(`${FOLDER}/${name}`, 'create')).close();
    }
    const { store } = await openedStore(disk);
    const names = await disk.list(FOLDER);
    expect(names).toContain('lock');
    expect(names).toContain('notes.txt');
    expect(names.filter(name => name.includes('0000000003'))).toEqual([]);
    expect(store.nextId).toBe(4); // not 3: what was begun is never begun again
  });

  it('passes over a damaged checkpoint for the one before, and removes it with the next one', async () => {
    await run(disk, 5);
    for (const id of [5, 4]) disk.flipBit(`${FOLDER}/checkpoint-${digits(id)}`);
    const { store, latest } = await openedStore(disk);
    expect(latest).toMatchObject({ id: 3, content: contentOf(3) });
    expect(latest!.passedOver).toMatchObject([
      { id: 5, reason: { code: 'MR6005' } },
      { id: 4, reason: { code: 'MR6005' } },
    ]);
    // Sinks are cut to what the third one says: the later ones must not count, though they were found to be whole again.
    expect((await openedStore(disk)).latest).toMatchObject({ id: 3, passedOver: [] });
    await commitRound(disk, store, new Rounds(latest));
    expect((await disk.list(FOLDER)).filter(name => name.startsWith('checkpoint'))).toEqual(
      [3, 6].map(id => `checkpoint-${digits(id)}`),
    );
  });

  it('has nothing to offer where all are damaged', async () => {
    await run(disk, 2);
    for (const id of [1, 2]) disk.flipBit(`${FOLDER}/checkpoint-${digits(id)}`);
    const store = await CheckpointStore.open(disk, FOLDER, { kept: KEPT });
    await expect(store.latest()).rejects.toMatchObject({ code: 'MR6003', hint: expect.any(String) });
    expect((await disk.list(FOLDER)).some(name => name.startsWith('part'))).toBe(true);
  });

  it('gives a full disk its room back, and goes on when there is some', async () => {
    const { store, latest } = await run(disk, 4);
    const usedBytes = disk.usedBytes;
    const rounds = new Rounds(latest);
    for (let roomBytes = 0; roomBytes < 6000; roomBytes += 100) {
      disk.quotaBytes = usedBytes + roomBytes;
      const id = store.nextId;
      const error: unknown = await commitRound(disk, store, rounds).catch((error: unknown) => error);
      if (error === undefined) break;
      expect(error).toMatchObject({ code: 'MR6002', retry: 'backoff' });
      await store.abandon(id);
      expect(disk.usedBytes).toBe(usedBytes);
      expect(store.nextId).toBe(id + 1); // a part of the old one may still be being written
    }
    expect((await openedStore(disk)).latest).toMatchObject({ content: contentOf(5) });
  });

  it.each([1, 2])('may be given up where sync %i of the folder failed', async failing => {
    let syncs = 0;
    let isFailing = false;
    const disk = new FakeDisk({
      random: createRandom('given up'),
      step: async what => {
        if (isFailing && what.startsWith('syncFolder') && ++syncs === failing) {
          throw Object.assign(new Error('EIO'), { code: 'EIO' });
        }
      },
    });
    const { store, latest } = await run(disk, 2);
    isFailing = true;
    await expect(commitRound(disk, store, new Rounds(latest))).rejects.toMatchObject({
      code: 'MR6002',
      retry: 'backoff',
    });
    await store.abandon(3);
    await store.abandon(latest!.id); // is kept: nothing happens
    expect((await openedStore(disk)).latest).toMatchObject({ id: 2, passedOver: [] });
    expect(store.nextId).toBe(4);
  });

  it('gives a checkpoint only to what is as new as its format', async () => {
    await run(disk, 2);
    const path = `${FOLDER}/checkpoint-${digits(2)}`;
    const file = await disk.open(path, 'write');
    const header = new Uint8Array(40);
    await file.read(header, 0);
    const view = new DataView(header.buffer);
    view.setUint32(8, 1000, true);
    view.setUint32(36, crc32(header.subarray(0, 36)), true);
    await file.write(header, 0);
    await expect(openedStore(disk)).rejects.toMatchObject({ code: 'MR6006', message: expect.stringContaining(path) });
  });

  it('survives a crash at every step', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 8 }),
        fc.array(
          fc.record({ stepsToCrash: fc.nat(300), failingSyncs: fc.constantFrom(0, 0, 0, 1), roomBytes: fc.nat(8000) }),
          { minLength: 1, maxLength: 8 },
        ),
        async (seed, lives) => {
          const clock = new StepsToCrash();
          const disk = new FakeDisk({ random: createRandom(seed), step: () => clock.step() });
          const history = new History();
          for (const { stepsToCrash, failingSyncs, roomBytes } of lives) {
            disk.failingSyncs = failingSyncs;
            disk.quotaBytes = disk.usedBytes + roomBytes;
            await clock.runUntilCrash(stepsToCrash, () => live(disk, history));
            disk.crash();
          }
          disk.failingSyncs = 0;
          disk.quotaBytes = Infinity;
          await history.restored(disk, (await openedStore(disk)).latest);
        },
      ),
      RUN,
    );
  });

  it('gives exactly the one before where a bit of the newest is flipped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 8 }),
        fc.integer({ min: 2, max: 7 }),
        fc.nat(2),
        async (seed, count, file) => {
          const disk = calmDisk(seed);
          await run(disk, count);
          const own = (await disk.list(FOLDER)).filter(name => name.includes(digits(count)));
          disk.flipBit(`${FOLDER}/${own[file % own.length]!}`);
          const { latest } = await openedStore(disk);
          expect(latest).toMatchObject({ id: count - 1, content: contentOf(count - 1), passedOver: [{ id: count }] });
          await expectParts(disk, latest!);
        },
      ),
      RUN,
    );
  });
});

/** What the outside knows of the checkpoints of a folder through all crashes: which are sure, which may be there. */
class History {
  #sureRound = 0;
  #sureId = 0;
  #triedRound = 0;

  try(round: number): void {
    this.#triedRound = Math.max(this.#triedRound, round);
  }

  committed(id: number, round: number): void {
    expect(id).toBeGreaterThan(this.#sureId);
    this.#sureId = id;
    this.#sureRound = round;
    this.#triedRound = round;
  }

  async restored(disk: FakeDisk, latest: StoredCheckpoint | undefined): Promise<void> {
    const round = roundOf(latest);
    expect(round).toBeGreaterThanOrEqual(this.#sureRound);
    expect(round).toBeLessThanOrEqual(this.#triedRound);
    if (latest === undefined) return;
    expect(latest.passedOver).toEqual([]);
    expect(latest.content).toEqual(contentOf(round));
    await expectParts(disk, latest);
    await expectWholeManifests(disk);
    if (round > this.#sureRound) this.committed(latest.id, round);
  }
}

/** A process: restores, and makes checkpoints until it crashes, going on after errors that pass. */
async function live(disk: FakeDisk, history: History): Promise<void> {
  const { store, latest } = await openedStore(disk);
  await history.restored(disk, latest);
  const rounds = new Rounds(latest);
  for (;;) {
    const id = store.nextId;
    history.try(rounds.next);
    try {
      await commitRound(disk, store, rounds);
      history.committed(id, rounds.next - 1);
    } catch (error) {
      expect(error).toMatchObject({ code: 'MR6002', retry: 'backoff' });
      await store.abandon(id);
    }
  }
}

/** Goes down after so many steps: what is called then never comes back. */
class StepsToCrash {
  #left = Infinity;
  #crash = (): void => {};

  async step(): Promise<void> {
    if (this.#left-- > 0) return;
    this.#crash();
    await new Promise(() => {});
  }

  async runUntilCrash(steps: number, run: () => Promise<void>): Promise<void> {
    const crashed = new Promise<void>(resolve => {
      this.#crash = resolve;
    });
    this.#left = steps;
    await Promise.race([run(), crashed]);
    this.#left = Infinity;
  }
}

/** Where a run is: the next round, and the chain of parts of the last ones, oldest first. */
class Rounds {
  next: number;
  parts: readonly PartReference[];

  constructor(latest: StoredCheckpoint | undefined) {
    this.next = roundOf(latest) + 1;
    this.parts = latest?.parts ?? [];
  }
}

/** Makes so many checkpoints, one per round. */
async function run(disk: FakeDisk, count: number): Promise<Opened> {
  const { store, latest } = await openedStore(disk);
  const rounds = new Rounds(latest);
  for (let i = 0; i < count; i++) await commitRound(disk, store, rounds);
  return await openedStore(disk);
}

type Opened = { readonly store: CheckpointStore; readonly latest: StoredCheckpoint | undefined };

async function openedStore(disk: FakeDisk): Promise<Opened> {
  const store = await CheckpointStore.open(disk, FOLDER, { kept: KEPT });
  return { store, latest: await store.latest() };
}

async function commitRound(disk: FakeDisk, store: CheckpointStore, rounds: Rounds): Promise<void> {
  const id = store.nextId;
  const own: PartReference[] = [];
  for (const worker of WORKERS) {
    const path = store.partPath(id, worker);
    own.push({ path, ...(await writeSnapshotFile(disk, path, partOf(rounds.next))) });
  }
  const parts = [...rounds.parts, ...own].slice(-CHAIN * WORKERS.length);
  await store.commit({ id, content: contentOf(rounds.next), parts });
  rounds.parts = parts;
  rounds.next++;
}

/** All parts are there, of the right rounds, to the last byte. */
async function expectParts(disk: FakeDisk, { parts, content }: StoredCheckpoint): Promise<void> {
  const last = Number(content['round']);
  const first = Math.max(1, last - CHAIN + 1);
  const expected = Array.from({ length: last - first + 1 }, (_, i) => WORKERS.map(() => partOf(first + i))).flat();
  const found: Snapshot[] = [];
  for (const part of parts) found.push(await readSnapshotFile(disk, part.path, part));
  expect(found).toEqual(expected);
}

/** Old ones too, whose removal a crash may have cut short: no manifest misses a part. */
async function expectWholeManifests(disk: FakeDisk): Promise<void> {
  const names = await disk.list(FOLDER);
  for (const name of names.filter(name => /^checkpoint-\d+$/.test(name))) {
    const place = { folder: FOLDER, path: `${FOLDER}/${name}`, id: Number(name.slice('checkpoint-'.length)) };
    const { parts } = await readManifest(disk, place);
    expect(names).toEqual(expect.arrayContaining(parts.map(part => basename(part.path))));
  }
}

function contentOf(round: number): Snapshot {
  return { round, sources: { pump: { sequence: round * 1000 } }, positions: Float64Array.of(round, -0, NaN) };
}

function partOf(round: number): Snapshot {
  return { round, values: Float64Array.from({ length: 100 }, (_, i) => round + i / 7) };
}

function roundOf(checkpoint: StoredCheckpoint | undefined): number {
  return checkpoint === undefined ? 0 : Number(checkpoint.content['round']);
}

function calmDisk(seed: string): FakeDisk {
  return new FakeDisk({ random: createRandom(seed), step: () => Promise.resolve() });
}

function digits(id: number): string {
  return String(id).padStart(10, '0');
}
