import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ProcessLock } from '../../engine/runtime/process-lock.ts';

function lockPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'lock');
}

function take(path: string): ProcessLock {
  const taken = ProcessLock.take(path);
  if (!(taken instanceof ProcessLock)) throw new Error(`process ${taken.ownerProcessId} has it`);
  return taken;
}

it('is taken once, also within one process, until it is released', () => {
  const path = lockPath();
  const lock = take(path);
  expect(ProcessLock.take(path)).toEqual({ ownerProcessId: process.pid });
  lock.release();
  expect(existsSync(path)).toBe(false);
  take(path).release();
});

it('is taken over from a process that is gone, or whose number another one has', () => {
  const path = lockPath();
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  for (const owner of [`${gone} 123`, `${process.ppid} 123`, `${process.pid} 0`, '', 'x']) {
    writeFileSync(path, owner);
    take(path).release();
  }
});

it.skipIf(!existsSync('/proc/self/stat'))(
  'is taken over from one that has ended, though its parent took no notice',
  async () => {
    const path = lockPath();
    // What the shell becomes never asks after the other one.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60']);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const pid = await new Promise<string>(resolve => parent.stdout.once('data', text => resolve(String(text).trim())));
    const fields = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    await expect.poll(() => fields()[0]).toBe('Z');
    writeFileSync(path, `${pid} ${fields()[19]}`);
    take(path).release();
  },
);

it('is taken over by one of several that find it left behind', async () => {
  const path = lockPath();
  writeFileSync(path, `${process.ppid} 123`);
  const module = JSON.stringify(join(import.meta.dirname, '../../engine/runtime/process-lock.ts'));
  const script = `import(${module}).then(({ ProcessLock }) => {
    const taken = ProcessLock.take(${JSON.stringify(path)});
    process.stdout.write('release' in taken ? 'taken' : 'refused');
    setTimeout(() => {}, 500);
  })`;
  const run = promisify(execFile);
  const ends = await Promise.all([1, 2, 3, 4].map(() => run(process.execPath, ['-e', script])));
  expect(ends.filter(({ stdout }) => stdout === 'taken')).toHaveLength(1);
});

it('says which process has it', () => {
  const path = lockPath();
  const module = JSON.stringify(join(import.meta.dirname, '../../engine/runtime/process-lock.ts'));
  const script = `import(${module}).then(({ ProcessLock }) => {
    ProcessLock.take(${JSON.stringify(path)});
    process.stdout.write('');
  })`;
  spawnSync(process.execPath, ['-e', script]); // ended without a release
  const left = readFileSync(path, 'utf8');
  take(path).release();
  writeFileSync(path, readOwnerOfParent(left));
  expect(ProcessLock.take(path)).toEqual({ ownerProcessId: process.ppid });
});

/** A lock that our parent process, which runs, would have written. */
function readOwnerOfParent(like: string): string {
  if (like.endsWith(' 0')) return `${process.ppid} 0`; // no /proc here
  const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
  return `${process.ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}
