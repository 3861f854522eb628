import { posix } from 'node:path';
import type { Disk, DiskFile } from '../../engine/disk.ts';
import { FakeInode } from './fake-inode.ts';

export type FakeDiskOptions = {
  /** Numbers in [0, 1): all that is left to chance comes from here. */
  readonly random: () => number;
  /** Awaited before anything happens: who schedules may wait, throw, crash, or never come back. */
  readonly step: (what: string) => Promise<void>;
};

/**
 * A disk in memory that keeps what a real one promises and nothing more. Reads see what was written; a power cut
 * (`crash`) keeps what was synced, and draws for all else: bytes of a file since its last `sync` are lost, kept or torn
 * (unsynced-changes.ts); each name that came, went or was replaced since the last `syncFolder` did so or did not, a
 * rename in both places or in none.
 *
 * A failed `sync` is as on Linux: the changes count as written afterwards, although they are not, and whether reads
 * still see them is chance.
 */
export class FakeDisk implements Disk {
  /** All files together; a write beyond it is ENOSPC, with a part of the bytes there. */
  quotaBytes = Infinity;
  /** So many of the next syncs of files are EIO. */
  failingSyncs = 0;

  readonly #options: FakeDiskOptions;
  readonly #folders = new Set(['/', '.']);
  readonly #names = new Map<string, FakeInode>();
  readonly #durableNames = new Map<string, FakeInode>();
  #nameChanges: NameChange[] = [];
  #inodeCount = 0;
  #crashCount = 0;

  constructor(options: FakeDiskOptions) {
    this.#options = options;
  }

  async list(folder: string): Promise<string[]> {
    await this.step(`list ${folder}`);
    const paths = [...this.#names.keys(), ...this.#folders].filter(path => posix.dirname(path) === folder);
    return paths
      .filter(path => path !== folder)
      .map(path => posix.basename(path))
      .sort();
  }

  async makeFolder(folder: string): Promise<void> {
    await this.step(`makeFolder ${folder}`);
    for (let path = folder; !this.#folders.has(path); path = posix.dirname(path)) {
      if (this.#names.has(path)) throw diskError('EEXIST', `there is a file ${path}`);
      this.#folders.add(path);
    }
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    await this.step(`open ${path}`);
    const inode = this.#names.get(path) ?? this.#create(path, mode);
    if (mode === 'create' && inode.size > 0) inode.change({ kind: 'truncate', sizeBytes: 0 });
    return new FakeFile(this, inode, { path, isWritable: mode !== 'read' });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.step(`rename ${from} to ${posix.basename(to)}`);
    const inode = this.#names.get(from);
    if (inode === undefined) throw diskError('ENOENT', `there is no ${from}`);
    this.#requireFolder(to);
    this.#changeNames({ kind: 'rename', path: to, from, inode });
  }

  async remove(path: string): Promise<void> {
    await this.step(`remove ${path}`);
    const inode = this.#names.get(path);
    if (inode !== undefined) this.#changeNames({ kind: 'remove', path, inode });
  }

  async syncFolder(folder: string): Promise<void> {
    await this.step(`syncFolder ${folder}`);
    const isInside = (change: NameChange) => posix.dirname(change.path) === folder;
    for (const change of this.#nameChanges.filter(isInside)) applyTo(this.#durableNames, change);
    this.#nameChanges = this.#nameChanges.filter(change => !isInside(change));
  }

  /** A power cut: open files are gone, calls under way never happen, and what was not synced is left to chance. */
  crash(): void {
    const { random } = this.#options;
    this.#crashCount++;
    for (const change of this.#nameChanges) if (random() < 0.5) applyTo(this.#durableNames, change);
    this.#nameChanges = [];
    this.#names.clear();
    for (const [path, inode] of this.#durableNames) this.#names.set(path, inode);
    for (const inode of new Set(this.#names.values())) inode.crash(random);
  }

  /** Turns one bit of a file around, on the disk itself. */
  flipBit(path: string): void {
    const inode = this.#names.get(path);
    if (inode === undefined || inode.size === 0) throw diskError('ENOENT', `there are no bytes in ${path}`);
    inode.flipBit(Math.floor(this.#options.random() * inode.size * 8));
  }

  get usedBytes(): number {
    return [...new Set(this.#names.values())].reduce((sum, inode) => sum + inode.size, 0);
  }

  get crashCount(): number {
    return this.#crashCount;
  }

  /** What was called before a crash does nothing after it. */
  async step(what: string): Promise<void> {
    const before = this.#crashCount;
    await this.#options.step(what);
    if (this.#crashCount !== before) throw diskError('EIO', `the machine went down before ${what}`);
  }

  random(): number {
    return this.#options.random();
  }

  #create(path: string, mode: 'read' | 'write' | 'create'): FakeInode {
    if (this.#folders.has(path)) throw diskError('EISDIR', `${path} is a folder`);
    if (mode === 'read') throw diskError('ENOENT', `there is no ${path}`);
    this.#requireFolder(path);
    const inode = new FakeInode(++this.#inodeCount);
    this.#changeNames({ kind: 'create', path, inode });
    return inode;
  }

  #requireFolder(path: string): void {
    if (!this.#folders.has(posix.dirname(path))) throw diskError('ENOENT', `there is no folder for ${path}`);
  }

  #changeNames(change: NameChange): void {
    applyTo(this.#names, change);
    this.#nameChanges.push(change);
  }
}

type NameChange = { readonly path: string; readonly inode: FakeInode } & (
  | { readonly kind: 'create' | 'remove' }
  | { readonly kind: 'rename'; readonly from: string }
);

/** Changes reach the disk one without the other: what goes is only what this change found there. */
function applyTo(names: Map<string, FakeInode>, change: NameChange): void {
  const gone = change.kind === 'rename' ? change.from : change.path;
  if (change.kind !== 'create' && names.get(gone) === change.inode) names.delete(gone);
  if (change.kind !== 'remove') names.set(change.path, change.inode);
}

class FakeFile implements DiskFile {
  readonly #disk: FakeDisk;
  readonly #inode: FakeInode;
  readonly #path: string;
  readonly #isWritable: boolean;
  readonly #crashCount: number;
  #isOpen = true;

  constructor(disk: FakeDisk, inode: FakeInode, options: { readonly path: string; readonly isWritable: boolean }) {
    this.#disk = disk;
    this.#inode = inode;
    this.#path = options.path;
    this.#isWritable = options.isWritable;
    this.#crashCount = disk.crashCount;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    await this.#step('read');
    return this.#inode.read(into, position);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    const copy = bytes.slice();
    await this.#step('write');
    this.#requireWritable();
    const roomBytes = this.#disk.quotaBytes - this.#disk.usedBytes + Math.max(0, this.#inode.size - position);
    const written = copy.subarray(0, Math.max(0, Math.min(copy.length, roomBytes)));
    if (written.length > 0) this.#inode.change({ kind: 'write', position, bytes: written });
    if (written.length < copy.length) throw diskError('ENOSPC', `no room left for ${this.#path}`);
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#step('truncate');
    this.#requireWritable();
    this.#inode.change({ kind: 'truncate', sizeBytes });
  }

  async sync(): Promise<void> {
    await this.#step('sync');
    if (this.#disk.failingSyncs === 0) return this.#inode.sync();
    this.#disk.failingSyncs--;
    this.#inode.failSync(this.#disk.random() < 0.5);
    throw diskError('EIO', `${this.#path} cannot be synced`);
  }

  async size(): Promise<number> {
    await this.#step('size');
    return this.#inode.size;
  }

  async identity(): Promise<string> {
    await this.#step('identity');
    return `inode ${this.#inode.id}`;
  }

  async close(): Promise<void> {
    await this.#step('close');
    this.#isOpen = false;
  }

  async #step(what: string): Promise<void> {
    this.#requireOpen();
    await this.#disk.step(`${what} ${this.#path}`);
    this.#requireOpen();
  }

  #requireOpen(): void {
    if (!this.#isOpen || this.#disk.crashCount !== this.#crashCount)
      throw diskError('EBADF', `${this.#path} is closed`);
  }

  #requireWritable(): void {
    if (!this.#isWritable) throw diskError('EBADF', `${this.#path} is open for reading`);
  }
}

function diskError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
