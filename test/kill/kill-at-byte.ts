import { writeSync } from 'node:fs';
import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { WATCH_VARIABLE, type Watch } from './kill-plan.ts';
import { Traffic } from './traffic.ts';

/**
 * Preloaded (`node --import`) into a process and all its threads: whatever they change through `node:fs/promises` goes
 * through a Traffic, which kills the process where its plan says.
 */
const { open, rename, unlink } = promises;
const traffic = new Traffic(JSON.parse(process.env[WATCH_VARIABLE]!) as Watch); // as: whoever starts it wrote it

Object.assign(promises, {
  async open(path: string, flags: string | number): Promise<FileHandle> {
    if (flags === 'r') return watchedFolder(await open(path, flags), path);
    return await traffic.pass({ kind: 'create', path }, async () => watchedFile(await open(path, flags), path));
  },
  rename: (from: string, to: string) => traffic.pass({ kind: 'rename', path: to }, () => rename(from, to)),
  unlink: (path: string) => traffic.pass({ kind: 'remove', path }, () => unlink(path)),
});
syncBuiltinESMExports();

function watchedFile(handle: FileHandle, path: string): FileHandle {
  const write = handle.write.bind(handle);
  const datasync = handle.datasync.bind(handle);
  const truncate = handle.truncate.bind(handle);
  return Object.assign(handle, {
    write: (bytes: Uint8Array, offset: number, length: number, position: number | null) =>
      traffic.pass({ kind: 'write', path }, () => write(bytes, offset, length, position), {
        bytes: length,
        writeInPart: part => writeSync(handle.fd, bytes, offset, part, position),
      }),
    datasync: () => traffic.pass({ kind: 'sync', path }, datasync),
    truncate: (sizeBytes: number) => traffic.pass({ kind: 'truncate', path }, () => truncate(sizeBytes)),
  });
}

/** What is opened to be read is synced only if it is a folder. */
function watchedFolder(handle: FileHandle, path: string): FileHandle {
  const sync = handle.sync.bind(handle);
  return Object.assign(handle, { sync: () => traffic.pass({ kind: 'sync folder', path }, sync) });
}
