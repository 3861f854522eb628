import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';

describe('the disk of this machine', () => {
  const disk = new NodeDisk();
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-disk-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('lists names in order, and none where there is no folder', async () => {
    for (const name of ['b', 'a', 'c']) await writeFile(join(folder, name), '');
    expect(await disk.list(folder)).toEqual(['a', 'b', 'c']);
    expect(await disk.list(join(folder, 'none'))).toEqual([]);
  });

  it('makes a folder with its parents, any number of times', async () => {
    const deep = join(folder, 'x/y/z');
    await Promise.all([disk.makeFolder(deep), disk.makeFolder(deep)]);
    await disk.makeFolder(deep);
    expect(await disk.list(join(folder, 'x/y'))).toEqual(['z']);
  });

  it('makes no folder where a file is', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(disk.makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(disk.makeFolder(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.skipIf(!existsSync('/proc/self'))('comes back where no folder can be made', async () => {
    await expect(disk.makeFolder('/proc/none/state')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('opens for reading only what is there', async () => {
    await expect(disk.open(join(folder, 'none'), 'read')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('opens for writing with what was there, and creates empty', async () => {
    const path = join(folder, 'log');
    for (const [mode, text, expected] of [
      ['write', 'first', 'first'],
      ['write', 'FI', 'FIrst'],
      ['create', 'x', 'x'],
    ] as const) {
      const file = await disk.open(path, mode);
      await file.write(Buffer.from(text), 0);
      await file.sync();
      await file.close();
      expect(await readFile(path, 'utf8')).toBe(expected);
    }
  });

  it('reads and writes at any place', async () => {
    const file = await disk.open(join(folder, 'log'), 'write');
    await file.write(Buffer.from('abc'), 5);
    expect(await file.size()).toBe(8);
    const into = new Uint8Array(10);
    expect(await file.read(into, 6)).toBe(2);
    expect([...into.subarray(0, 2)]).toEqual([98, 99]);
    expect(await file.read(into, 100)).toBe(0);
    expect(await file.read(into, 0)).toBe(8);
    expect([...into]).toEqual([0, 0, 0, 0, 0, 97, 98, 99, 0, 0]);
    await file.truncate(6);
    expect(await file.size()).toBe(6);
    await file.close();
  });

  it('renames over what is there, and removes what may be gone', async () => {
    await writeFile(join(folder, 'a'), 'a');
    await writeFile(join(folder, 'b'), 'b');
    await disk.rename(join(folder, 'a'), join(folder, 'b'));
    await disk.syncFolder(folder);
    expect(await readFile(join(folder, 'b'), 'utf8')).toBe('a');
    await disk.remove(join(folder, 'b'));
    await disk.remove(join(folder, 'b'));
    expect(await disk.list(folder)).toEqual([]);
  });

  it('knows a file again under another name, and not another file under its name', async () => {
    const path = join(folder, 'a');
    const first = await identityOf(path, 'create');
    await writeFile(path, 'more');
    await disk.rename(path, join(folder, 'b'));
    expect(await identityOf(join(folder, 'b'), 'read')).toBe(first);
    await disk.remove(join(folder, 'b'));
    await new Promise(resolve => setTimeout(resolve, 20)); // the clock of a file system ticks every few milliseconds
    expect(await identityOf(path, 'create')).not.toBe(first);
  });

  it.skipIf(!existsSync('/dev/null'))('writes to a device, which takes no sync', async () => {
    const file = await disk.open('/dev/null', 'write');
    await file.write(Buffer.from('gone'), 0);
    await file.sync();
    expect(await file.size()).toBe(0);
    await file.close();
  });

  it.skipIf(!existsSync('/dev/full'))('says what the operating system says', async () => {
    const file = await disk.open('/dev/full', 'write');
    await expect(file.write(Buffer.from('no room'), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
    await file.close();
    await expect(file.size()).rejects.toThrow();
  });

  async function identityOf(path: string, mode: 'read' | 'create'): Promise<string> {
    const file = await disk.open(path, mode);
    const identity = await file.identity();
    await file.close();
    return identity;
  }
});
