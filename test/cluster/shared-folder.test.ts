import { expect, it } from 'vitest';
import { Lease } from '../../apps/server/cluster/lease.ts';
import { SharedFolder } from '../../apps/server/cluster/shared-folder.ts';
import type { Disk } from '../../engine/disk.ts';
import { MillraceError } from '../../engine/errors.ts';
import type { SharedStore } from '../../engine/shared-store.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { FakeDisk } from '../simulation/fake-disk.ts';
import { SimulatedStore } from './simulated-store.ts';
import { Machine, VirtualTime } from './virtual-time.ts';

const FOLDER = '/state';
const STEPS = 2_000;

it('is on another machine what was published, and no more', async () => {
  await inPlant(async ({ owner }) => {
    const one = await owner();
    await put(one.disk, 'part-0000000001-worker-0', 'state');
    await put(one.disk, 'checkpoint-0000000001.new', 'manifest');
    await one.folder.publish([
      { name: 'part-0000000001-worker-0', path: `${FOLDER}/part-0000000001-worker-0` },
      { name: 'checkpoint-0000000001', path: `${FOLDER}/checkpoint-0000000001.new` },
    ]);
    await put(one.disk, 'part-0000000002-worker-0', 'being written');
    const other = await owner();
    expect(await contentsOf(other.disk)).toEqual({
      'checkpoint-0000000001': 'manifest',
      'part-0000000001-worker-0': 'state',
    });
  });
});

it('is not touched any more by whoever had it before', async () => {
  await inPlant(async ({ owner, store }) => {
    const before = await owner();
    await publish(before, 1);
    const now = await owner();
    await publish(now, 2);
    await expect(publish(before, 3)).rejects.toMatchObject({ code: 'MR6031' });
    await before.folder.removeLeftovers(); // it had begun to look when it was stopped
    expect(await contentsOf((await owner()).disk)).toEqual({
      'checkpoint-0000000001': '1',
      'checkpoint-0000000002': '2',
    });
    const after = await owner();
    await after.folder.removeLeftovers();
    expect(store.fileCount).toBe(2); // what the second publication of the first owner had written is gone
  });
});

it('finds out what became of a write whose answer was lost', async () => {
  await inPlant(async ({ owner, loseAnswer }) => {
    const only = await owner();
    loseAnswer();
    await expect(publish(only, 1)).rejects.toMatchObject({ code: 'MR5140' });
    await publish(only, 2);
    expect(await contentsOf((await owner()).disk)).toEqual({ 'checkpoint-0000000002': '2' });
  });
});

it('leaves out a file that the store has lost: what is there decides', async () => {
  await inPlant(async ({ owner, store, machine }) => {
    const before = await owner();
    await publish(before, 1);
    await publish(before, 2);
    const [first] = await store.of(machine).files.list('0/');
    await store.of(machine).files.remove(first!);
    expect(Object.keys(await contentsOf((await owner()).disk))).toHaveLength(1);
  });
});

it('has lost its lease, and nothing is damaged, where the next owner has removed what it was about to read', async () => {
  await inPlant(async ({ owner, beforeNextFile }) => {
    const first = await owner();
    await publish(first, 1);
    beforeNextFile(async () => {
      const next = await owner();
      await publish(next, 2);
      await next.disk.remove(`${FOLDER}/checkpoint-0000000001`);
      await publish(next, 3);
      await publish(next, 4);
    });
    await expect(owner()).rejects.toMatchObject({ code: 'MR6031' });
  });
});

it('is refused to older rules', async () => {
  await inPlant(async ({ owner }) => {
    await publish(await owner({ version: 5 }), 1);
    await expect(owner({ version: 4 })).rejects.toMatchObject({ code: 'MR6034' });
    expect(Object.keys(await contentsOf((await owner({ version: 6 })).disk))).toHaveLength(1);
  });
});

type Owner = { readonly folder: SharedFolder; readonly disk: Disk };

type Plant = {
  readonly store: SimulatedStore;
  readonly machine: Machine;
  /** Of the next write of an entry. */
  readonly loseAnswer: () => void;
  /** Done before a file of the store is read the next time. */
  readonly beforeNextFile: (act: () => Promise<void>) => void;
  /** One after the other; each has a disk and a lease of its own, and the former ones do not hear that theirs is gone. */
  readonly owner: (options?: { readonly version: number }) => Promise<Owner>;
};

async function inPlant(act: (plant: Plant) => Promise<void>): Promise<void> {
  const random = createRandom('folder');
  const time = new VirtualTime();
  const machine = new Machine(time, 1);
  const store = new SimulatedStore({ lossShare: 0, latencyMs: 0, strayShare: 0, staleShare: 0 }, random);
  let losesAnswer = false;
  const server = store.of(machine);
  const write: SharedStore['entries']['write'] = async (...entry) => {
    const revision = await server.entries.write(...entry);
    if (!losesAnswer) return revision;
    losesAnswer = false;
    throw new MillraceError('MR5140', 'no answer', { retry: 'backoff' });
  };
  let doFirst: (() => Promise<void>) | null = null;
  const read: SharedStore['files']['read'] = async name => {
    const act = doFirst;
    doFirst = null;
    await act?.();
    return await server.files.read(name);
  };
  const shared = { ...server, entries: { ...server.entries, write }, files: { ...server.files, read } };
  const owner = async ({ version } = { version: 1 }): Promise<Owner> => {
    const disk = new FakeDisk({ random, step: async () => {} });
    const options = {
      entries: shared.entries,
      clock: machine.clock,
      key: 'share.0',
      owner: 'p',
      session: String(random()),
    };
    const lease = (await Lease.take(options, await shared.entries.read('share.0')))!;
    const { signal } = new AbortController();
    const rest = { key: 'checkpoint.0', folder: FOLDER, prefix: '0', version, nowUs: () => 0, signal };
    const folder = new SharedFolder({ store: shared, lease, disk, ...rest });
    await folder.open();
    return { folder, disk };
  };
  const acted = act({
    store,
    machine,
    owner,
    loseAnswer: () => (losesAnswer = true),
    beforeNextFile: first => (doFirst = first),
  });
  const passed = (async () => {
    for (let steps = 0; steps < STEPS; steps++) await time.passUntil(time.nowMs);
    throw new Error('it does not end');
  })();
  passed.catch(() => {}); // when the other one was first
  await Promise.race([acted, passed]);
}

async function publish({ folder, disk }: Owner, number: number): Promise<void> {
  const name = `checkpoint-${String(number).padStart(10, '0')}`;
  await put(disk, `${name}.new`, String(number));
  await folder.publish([{ name, path: `${FOLDER}/${name}.new` }]);
  await disk.rename(`${FOLDER}/${name}.new`, `${FOLDER}/${name}`);
}

async function put(disk: Disk, name: string, text: string): Promise<void> {
  const file = await disk.open(`${FOLDER}/${name}`, 'create');
  await file.write(Buffer.from(text), 0);
  await file.close();
}

async function contentsOf(disk: Disk): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const name of await disk.list(FOLDER)) {
    if (name === 'inputs') continue;
    const file = await disk.open(`${FOLDER}/${name}`, 'read');
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    contents[name] = Buffer.from(bytes).toString();
  }
  return contents;
}
