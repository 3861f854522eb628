import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiskFile } from '../../engine/disk.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { FakeDisk } from './fake-disk.ts';
import { runs } from '../oracle/runs.ts';

const SEEDS = 300;

describe('a disk that crashes', () => {
  it('is a disk', async () => {
    const disk = await diskWithFolder('plain');
    const file = await disk.open('/state/log', 'create');
    await file.write(bytesOf('hello'), 2);
    expect(await textIn(file)).toBe('\0\0hello');
    await file.truncate(4);
    expect(await textIn(file)).toBe('\0\0he');
    await file.close();
    await expect(file.size()).rejects.toMatchObject({ code: 'EBADF' });
    const identity = await identityOf(disk, '/state/log');
    await disk.rename('/state/log', '/state/a');
    await disk.makeFolder('/state/inner/most');
    expect(await disk.list('/state')).toEqual(['a', 'inner']);
    expect(await disk.list('/none')).toEqual([]);
    expect(await identityOf(disk, '/state/a')).toBe(identity);
    await disk.remove('/state/a');
    await disk.remove('/state/a');
    await expect(disk.open('/state/a', 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(disk.open('/none/a', 'write')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(disk.usedBytes).toBe(0);
  });

  it('keeps what was synced', async () => {
    const outcomes = await outcomesOf(async disk => {
      const file = await disk.open('/state/log', 'write');
      await file.write(bytesOf('synced'), 0);
      await file.sync();
      await disk.syncFolder('/state');
    });
    expect(outcomes).toEqual(new Set(['log=synced']));
  });

  it('may lose a name that was not synced, whatever is in the file', async () => {
    const outcomes = await outcomesOf(async disk => {
      const file = await disk.open('/state/log', 'write');
      await file.write(bytesOf('x'), 0);
      await file.sync();
    });
    expect(outcomes).toEqual(new Set(['', 'log=x']));
  });

  it('may lose or tear bytes that were not synced', async () => {
    const outcomes = await outcomesOf(async disk => {
      const file = await disk.open('/state/log', 'write');
      await file.write(bytesOf('old'), 0);
      await file.sync();
      await disk.syncFolder('/state');
      await file.write(bytesOf('new!'), 0);
    });
    for (const seen of ['log=old', 'log=new!', 'log=nld', 'log=new']) expect(outcomes).toContain(seen);
  });

  it('may keep one sector and lose another', async () => {
    const outcomes = await outcomesOf(async disk => {
      const file = await disk.open('/state/log', 'write');
      await file.write(bytesOf('a'.repeat(1024)), 0);
      await file.sync();
      await disk.syncFolder('/state');
      await file.write(bytesOf('b'.repeat(1024)), 0);
    });
    expect(outcomes).toContain(`log=${'a'.repeat(512)}${'b'.repeat(512)}`);
    expect(outcomes).toContain(`log=${'b'.repeat(512)}${'a'.repeat(512)}`);
  });

  it('renames in both places or in none', async () => {
    const outcomes = await outcomesOf(async disk => {
      for (const name of ['a', 'b']) {
        const file = await disk.open(`/state/${name}`, 'create');
        await file.write(bytesOf(name), 0);
        await file.sync();
      }
      await disk.syncFolder('/state');
      await disk.rename('/state/a', '/state/b');
    });
    expect(outcomes).toEqual(new Set(['a=a b=b', 'b=a']));
  });

  it('forgets for good what a failed sync dropped', async () => {
    const outcomes = await outcomesOf(async disk => {
      const file = await disk.open('/state/log', 'write');
      await disk.syncFolder('/state');
      disk.failingSyncs = 1;
      await file.write(bytesOf('x'), 0);
      await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
      await file.sync();
    });
    expect(outcomes).toEqual(new Set(['log=']));
  });

  it('is full after a part of a write', async () => {
    const disk = await diskWithFolder('full');
    const file = await disk.open('/state/log', 'write');
    await file.write(bytesOf('1234'), 0);
    disk.quotaBytes = 6;
    await expect(file.write(bytesOf('abcd'), 3)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await textIn(file)).toBe('123abc');
    await file.write(bytesOf('over'), 0);
    await disk.remove('/state/log');
    expect(disk.usedBytes).toBe(0);
  });

  it('turns one bit around', async () => {
    const disk = await diskWithFolder('flip');
    const file = await disk.open('/state/log', 'write');
    await file.write(new Uint8Array(4), 0);
    await file.sync();
    disk.flipBit('/state/log');
    const into = new Uint8Array(4);
    await file.read(into, 0);
    expect(into.reduce((ones, byte) => ones + byte.toString(2).replaceAll('0', '').length, 0)).toBe(1);
  });

  it('lets nothing happen that was called before the crash', async () => {
    const gate = Promise.withResolvers<void>();
    let isWaiting = false;
    const disk = new FakeDisk({
      random: createRandom('late'),
      step: () => (isWaiting ? gate.promise : Promise.resolve()),
    });
    await disk.makeFolder('/state');
    const file = await disk.open('/state/log', 'write');
    await disk.syncFolder('/state');
    isWaiting = true;
    const late = [file.write(bytesOf('late'), 0), disk.remove('/state/log')];
    disk.crash();
    isWaiting = false;
    gate.resolve();
    for (const { status } of await Promise.allSettled(late)) expect(status).toBe('rejected');
    await expect(file.size()).rejects.toMatchObject({ code: 'EBADF' });
    expect(await textIn(await disk.open('/state/log', 'read'))).toBe('');
  });

  it('does the same for the same seed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async seed => {
        const runs = [await stateAfterCrash(seed, scribble), await stateAfterCrash(seed, scribble)];
        expect(runs[0]).toBe(runs[1]);
      }),
      runs(50),
    );
  });
});

async function scribble(disk: FakeDisk): Promise<void> {
  for (const name of ['a', 'b', 'c']) {
    const file = await disk.open(`/state/${name}`, 'write');
    await file.write(bytesOf(name.repeat(2000)), 0);
    if (name === 'b') await file.sync();
  }
  await disk.rename('/state/a', '/state/b');
}

/** What different seeds leave of the same calls. */
async function outcomesOf(use: (disk: FakeDisk) => Promise<void>): Promise<Set<string>> {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) outcomes.add(await stateAfterCrash(`seed ${seed}`, use));
  return outcomes;
}

async function stateAfterCrash(seed: string, use: (disk: FakeDisk) => Promise<void>): Promise<string> {
  const disk = await diskWithFolder(seed);
  await use(disk);
  disk.crash();
  const files: string[] = [];
  for (const name of await disk.list('/state')) {
    files.push(`${name}=${await textIn(await disk.open(`/state/${name}`, 'read'))}`);
  }
  return files.join(' ');
}

async function diskWithFolder(seed: string): Promise<FakeDisk> {
  const disk = new FakeDisk({ random: createRandom(seed), step: () => Promise.resolve() });
  await disk.makeFolder('/state');
  return disk;
}

async function identityOf(disk: FakeDisk, path: string): Promise<string> {
  return await (await disk.open(path, 'read')).identity();
}

async function textIn(file: DiskFile): Promise<string> {
  const into = new Uint8Array(await file.size());
  await file.read(into, 0);
  return Buffer.from(into).toString();
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}
