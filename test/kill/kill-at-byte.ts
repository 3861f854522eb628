import { writeSync } from 'node:fs';
import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { WATCH_VARIABLE, type Watch } from './kill-plan.ts';
import { Traffic } from './traffic.ts';

/**
 * Preloaded (`node --import`) into a process and all its threads: whatever they ask of `node:fs/promises` goes through a
 * Traffic, which kills the process where its plan says.
 */
const { open, rename, unlink } = promises;
const traffic = new Traffic(JSON.parse(process.env[WATCH_VARIABLE]!) as Watch); // as: whoever starts it wrote it

Object.assign(promises, {
  async open(path: string, flags: string | number): Promise<FileHandle> {
    if (flags === 'r') return watched(await open(path, flags), path);
    return await traffic.pass({ kind: 'create', path }, async () => watched(await open(path, flags), path));
  },
  rename: (from: string, to: string) => traffic.pass({ kind: 'rename', path: to }, () => rename(from, to)),
  unlink: (path: string) => traffic.pass({ kind: 'remove', path }, () => unlink(path)),
});
syncBuiltinESMExports();

function watched(handle: FileHandle, path: string): FileHandle {
  const own = {
    write: handle.write.bind(handle),
    sync: handle.sync.bind(handle),
    datasync: handle.datasync.bind(handle),
    truncate: handle.truncate.bind(handle),
  };
  return Object.assign(handle, {
    write: (bytes: Uint8Array, offset: number, length: number, position: number | null) =>
      traffic.write({ kind: 'write', path }, length, {
        act: () => own.write(bytes, offset, length, position),
        actInPart: part => writeSync(handle.fd, bytes, offset, part, position),
      }),
    sync: () => traffic.pass({ kind: 'sync', path }, own.sync),
    datasync: () => traffic.pass({ kind: 'sync', path }, own.datasync),
    truncate: (sizeBytes: number) => traffic.pass({ kind: 'truncate', path }, () => own.truncate(sizeBytes)),
  });
}
