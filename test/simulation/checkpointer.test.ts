import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Plan } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import type { OutputRow } from '../../engine/connector.ts';
import { type CheckpointContent, Checkpointer } from '../../engine/runtime/checkpoint/checkpointer.ts';
import { NO_COUNTS } from '../../engine/runtime/delivery.ts';
import { InlinePort } from '../../engine/runtime/workers/inline-port.ts';
import { keptNodesOf } from '../../engine/runtime/checkpoint/stored-state.ts';
import { NO_INPUTS } from '../../engine/runtime/inputs/recorded-inputs.ts';
import { Workers } from '../../engine/runtime/workers/workers.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { matchState } from '../../engine/state-identity.ts';
import { batchOf, countAndSum, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { FakeDisk } from './fake-disk.ts';

const FOLDER = '/state';
const WORKERS = 2;
const PLAN: Plan = planOf(
  { latenessUs: 0, idleUs: 60_000_000 },
  { kind: 'tumbling-window', id: 'w', input: 's', sizeUs: 1_000_000, aggregates: countAndSum },
  { kind: 'select', id: 'shown', input: 'w', fields: [{ name: 'count', type: 'int', column: '#count' }] },
);

it.each([17, 19, 20])(
  'any one damaged file leaves another checkpoint, from the second chain on (%i checkpoints)',
  async count => {
    const disk = calmDisk();
    const life = await Life.start(disk);
    for (let i = 0; i < count; i++) await life.checkpoint();
    const files = await filesIn(disk);
    for (const [name] of files) {
      const damaged = calmDisk();
      await damaged.makeFolder(FOLDER);
      for (const [path, bytes] of files) await (await damaged.open(path, 'create')).write(bytes, 0);
      damaged.flipBit(name);
      const restored = await Life.start(damaged);
      expect(restored.round, name).toBeGreaterThan(0);
      expect(await restored.rowsAtEnd(), name).toEqual(expectedRows(restored.round));
    }
  },
);

it('after one that failed the next one is whole, and nothing of the failed one is left', async () => {
  for (const failing of ['symbols', 'worker-0', 'worker-1', 'checkpoint']) {
    let isFailing = false;
    const disk = new FakeDisk({
      random: createRandom(failing),
      step: async what => {
        const isMeant = isFailing && what.startsWith('write') && what.includes(failing);
        if (isMeant) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        if (isFailing && what.includes('worker')) await delay(5); // what does not fail takes its time
      },
    });
    const life = await Life.start(disk);
    await life.checkpoint();
    isFailing = true;
    await expect(life.checkpoint(), failing).rejects.toMatchObject({ code: 'MR6002', retry: 'backoff' });
    await delay(100);
    isFailing = false;
    expect((await disk.list(FOLDER)).filter(name => name.includes('0000000002'))).toEqual([]);
    await life.checkpoint();
    const restored = await Life.start(disk);
    expect(restored.round).toBe(3);
    expect(await restored.rowsAtEnd()).toEqual(expectedRows(3));
  }
});

async function filesIn(disk: FakeDisk): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of await disk.list(FOLDER)) {
    const file = await disk.open(`${FOLDER}/${name}`, 'read');
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    files.set(`${FOLDER}/${name}`, bytes);
  }
  return files;
}

function calmDisk(): FakeDisk {
  return new FakeDisk({ random: createRandom('chain'), step: async () => {} });
}

/** In each round some of the keys get an event, and one appears. */
function eventsOf(round: number): TestEvent[] {
  const keys = [`m${round}`, ...[1, 2, 3].map(step => `m${Math.max(1, round - step * 5)}`)];
  return [...new Set(keys)].map((key, i) => {
    const timeUs = round * 10 + i;
    return { key, timeUs, arrivalUs: timeUs, value: i };
  });
}

/** One row a key, of its one window. */
function expectedRows(rounds: number): string[] {
  const counts = new Map<string, number>();
  for (let round = 1; round <= rounds; round++) {
    for (const { key } of eventsOf(round)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${key} ${count}`).sort();
}

/** What a job is to its checkpoints: two workers, and a checkpoint behind each round. */
class Life {
  round: number;
  readonly #checkpointer: Checkpointer;
  readonly #workers: Workers;
  readonly #symbols: SymbolTable;

  private constructor(round: number, parts: { checkpointer: Checkpointer; workers: Workers; symbols: SymbolTable }) {
    this.round = round;
    this.#checkpointer = parts.checkpointer;
    this.#workers = parts.workers;
    this.#symbols = parts.symbols;
  }

  static async start(disk: FakeDisk): Promise<Life> {
    const checkpointer = await Checkpointer.open(disk, FOLDER);
    const latest = await checkpointer.latest();
    const symbols = SymbolTable.restore(latest?.symbols ?? []);
    const kept = keptNodesOf(matchState(PLAN, PLAN));
    const giveWay = async () => {};
    const workers = await Workers.start({
      plan: PLAN,
      ports: Array.from({ length: WORKERS }, () => new InlinePort({ disk, monotonicMs: () => 0, giveWay })),
      rowStreams: ['shown'],
      symbols,
      restored: latest === undefined ? null : { parts: latest.parts, kept },
      paused: [],
    });
    const round = Number(latest?.content.sources['s']?.['round'] ?? 0);
    return new Life(round, { checkpointer, workers, symbols });
  }

  async checkpoint(): Promise<void> {
    const events = eventsOf(++this.round);
    const { arrivalUs } = events.at(-1)!;
    await this.#workers.send({ stream: 's', batch: batchOf(events, this.#symbols), arrivalUs, end: null });
    const sources = { s: { round: this.round } };
    const content: CheckpointContent = {
      plan: PLAN,
      sources,
      gates: {},
      sinks: {},
      inputs: NO_INPUTS,
      counts: NO_COUNTS,
      paused: {},
    };
    await this.#checkpointer.finish(this.#checkpointer.start(this.#workers, this.#symbols), Promise.resolve(content));
  }

  async rowsAtEnd(): Promise<string[]> {
    const { output } = await this.#workers.send({ stream: 's', batch: null, arrivalUs: -Infinity, end: 1e9 });
    const rows: OutputRow[] = output.rows.flatMap(batch => batch.rows);
    return rows.map(({ key, values }) => `${key['device']} ${values['count']}`).sort();
  }
}
