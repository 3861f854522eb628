import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Plan } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import type { PartReference } from '../../engine/runtime/checkpoint/checkpoint-store.ts';
import { keptNodesOf } from '../../engine/runtime/checkpoint/stored-state.ts';
import { InlinePort } from '../../engine/runtime/workers/inline-port.ts';
import { Workers } from '../../engine/runtime/workers/workers.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { matchState } from '../../engine/state-identity.ts';
import { batchOf, countAndSum, planOf } from '../oracle/plan-builder.ts';
import { FakeDisk } from '../simulation/fake-disk.ts';

const KEYS = 60_000;
const SLICES = 8; // of which two are about as much as is written at once
const PLAN: Plan = planOf(
  { latenessUs: 0, idleUs: 60_000_000 },
  { kind: 'tumbling-window', id: 'w', input: 's', sizeUs: 1_000_000, aggregates: countAndSum },
  { kind: 'select', id: 'shown', input: 'w', fields: [{ name: 'count', type: 'int', column: '#count' }] },
);

it('a slice is saved when the disk has what was saved before', async () => {
  const disk = new SlowDisk();
  const run = await Run.start(disk);
  await run.push();
  disk.stop();
  const saving = run.takePart();
  await delay(5);
  expect(run.gaveWay).toBeGreaterThan(0);
  expect(run.gaveWay).toBeLessThan(SLICES / 2);
  disk.goOn();
  const restarted = await Run.start(disk, await saving);
  expect(run.gaveWay).toBe(SLICES);
  expect(await restarted.countsAtEnd()).toEqual(new Map([[1, KEYS]]));
});

it('events go on while the disk stands still, and what they change is saved as it was', async () => {
  const disk = new SlowDisk();
  const run = await Run.start(disk);
  await run.push();
  disk.stop();
  const saving = run.takePart();
  await delay(5);
  await run.push();
  disk.goOn();
  const restarted = await Run.start(disk, await saving);
  expect(await restarted.countsAtEnd()).toEqual(new Map([[1, KEYS]]));
  expect(await run.countsAtEnd()).toEqual(new Map([[2, KEYS]]));
});

it.each(['open', 'write', 'sync'])(
  'a part is given up where the disk fails to %s, and the next is whole',
  async what => {
    const disk = new SlowDisk();
    const run = await Run.start(disk);
    await run.push();
    disk.failing = what;
    await expect(run.takePart()).rejects.toMatchObject({ code: 'MR6002', retry: 'backoff' });
    if (what !== 'sync') expect(run.gaveWay).toBeLessThan(SLICES / 2); // nothing is saved for nobody
    expect(await disk.list('/')).toEqual([]);
    disk.failing = null;
    await run.push();
    const part = await run.takePart();
    await run.push();
    const restarted = await Run.start(disk, part);
    expect(await restarted.countsAtEnd()).toEqual(new Map([[2, KEYS]]));
  },
);

/** Stands still, or fails, when it is told to. */
class SlowDisk extends FakeDisk {
  failing: string | null = null;
  #going = Promise.withResolvers<void>();

  constructor() {
    super({ random: createRandom('saving parts'), step: what => this.#step(what) });
    this.#going.resolve();
  }

  stop(): void {
    this.#going = Promise.withResolvers();
  }

  goOn(): void {
    this.#going.resolve();
  }

  async #step(what: string): Promise<void> {
    if (what.startsWith('write')) await this.#going.promise;
    if (this.failing === null || !what.startsWith(this.failing)) return;
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  }
}

/** A worker with many keys, each of which has an event whenever some are pushed. */
class Run {
  gaveWay = 0;
  readonly #symbols = new SymbolTable();
  #workers!: Workers; // from `start` on
  #pushes = 0;
  #parts = 0;

  static async start(disk: SlowDisk, part?: PartReference): Promise<Run> {
    const run = new Run();
    for (let key = 0; key < KEYS; key++) run.#symbols.idOf(`m${key}`); // as the part has them
    const giveWay = async () => void run.gaveWay++;
    run.#workers = await Workers.start({
      plan: PLAN,
      ports: [new InlinePort({ disk, monotonicMs: () => 0, giveWay })],
      rowStreams: ['shown'],
      symbols: run.#symbols,
      restored: part === undefined ? null : { parts: [part], kept: keptNodesOf(matchState(PLAN, PLAN)) },
      paused: [],
    });
    return run;
  }

  async push(): Promise<void> {
    const timeUs = ++this.#pushes;
    const events = Array.from({ length: KEYS }, (_, key) => ({ key: `m${key}`, timeUs, arrivalUs: timeUs, value: 1 }));
    await this.#workers.send({ stream: 's', batch: batchOf(events, this.#symbols), arrivalUs: timeUs, end: null });
  }

  async takePart(): Promise<PartReference> {
    const checkpoint = ++this.#parts;
    const { parts } = await this.#workers.takeParts({ checkpoint, pathOf: () => `/part-${checkpoint}`, extent: 'all' });
    return parts[0]!;
  }

  /** Of how many keys the window has so many events. */
  async countsAtEnd(): Promise<ReadonlyMap<number, number>> {
    const { output } = await this.#workers.send({ stream: 's', batch: null, arrivalUs: -Infinity, end: 1e9 });
    const rows = output.rows.flatMap(batch => [...batch.rows]);
    const byCount = Map.groupBy(rows, ({ values }) => Number(values['count']));
    return new Map([...byCount].map(([count, of]) => [count, of.length]));
  }
}
