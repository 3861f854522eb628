import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Disk } from '../../../engine/disk.ts';
import { MillraceError } from '../../../engine/errors.ts';
import type { SharedEntry, SharedStore } from '../../../engine/shared-store.ts';
import { readingError, writingError } from '../../../engine/runtime/checkpoint/state-error.ts';
import { fileBytes } from './file-bytes.ts';
import type { Lease } from './lease.ts';

/** What the entry of a checkpoint holds, as JSON: the files of a state folder. */
export type FolderValue = {
  /** Of the lease under which it was written. */
  readonly epoch: number;
  /** Of the rules; only a process with these or newer ones goes on from it. 0: nothing was written yet. */
  readonly version: number;
  /** By the owner's clock, for people. */
  readonly savedUs: number;
  readonly files: readonly SharedFile[];
};

type SharedFile = {
  /** Within the folder. */
  readonly name: string;
  /** Under which it is in the store. */
  readonly object: string;
  readonly bytes: number;
  readonly sha256: string;
};

export type SharedFolderOptions = {
  readonly store: SharedStore;
  readonly lease: Lease;
  readonly key: string;
  readonly disk: Disk;
  /** On this machine. */
  readonly folder: string;
  /** What names of files in the store begin with. */
  readonly prefix: string;
  /** Of the rules that run here. */
  readonly version: number;
  readonly nowUs: () => number;
  /** Nothing waits for the lease any more. */
  readonly signal: AbortSignal;
};

/**
 * The state folder of a share: a working copy on this machine, and the files in the store that another process goes on from.
 * One entry names them, and only the lease's owner can write it: `open` writes it once, so that whoever had the lease before
 * cannot any more.
 *
 * Calls: `open`, then `publish` whenever there is a file that counts. Errors: MR5140 (retry), MR6031 the lease is lost, MR6002 the
 * folder on this machine, MR6003 a file of the store is damaged or missing, MR6034 the state is of newer rules.
 */
export class SharedFolder {
  readonly #options: SharedFolderOptions;
  #files: readonly SharedFile[] = [];
  #revision = 0;
  #isUncertain = false; // whether the last write of the entry came through
  #version = 0;
  #number = 0; // of files that were written to the store
  #unneeded: string[] = []; // in the store; bound: files of two checkpoints, as nothing is published before they are gone
  #turn: Promise<void> = Promise.resolve();

  constructor(options: SharedFolderOptions) {
    this.#options = options;
  }

  /** Makes the folder what the store says. */
  async open(): Promise<void> {
    const { lease, version, folder } = this.#options;
    const found = await this.#claim();
    if (found.version > version) throw newerRules(lease.key, { isOf: found.version, isHere: version });
    this.#files = found.files;
    this.#version = found.version;
    const isThere = await this.#removeOthers();
    for (const file of this.#files) {
      if (!isThere.has(file.name) && (await this.#download(file))) isThere.add(file.name);
    }
    const manifests = this.#files.filter(({ name }) => name.startsWith('checkpoint-'));
    if (manifests.length > 0 && !manifests.some(({ name }) => isThere.has(name))) {
      await this.#requireOwn();
      throw damaged(folder, 'the store has lost all its checkpoints');
    }
  }

  /** What the store has besides, of owners that ended in the middle of writing. */
  async removeLeftovers(): Promise<void> {
    const { store, prefix, lease } = this.#options;
    const named = new Set(this.#files.map(({ object }) => object));
    for (const object of await store.files.list(`${prefix}/`)) {
      // Of a later owner where this one was stopped meanwhile: these are none of its business.
      const isBefore = Number(object.split('/')[1]) < lease.epoch;
      if (isBefore && !named.has(object)) await store.files.remove(object);
    }
  }

  /**
   * Adds files of the folder to those in the store, with one under another name, as it is about to be called; what is not in
   * the folder any more goes. One after the other.
   */
  async publish(added: readonly { readonly name: string; readonly path: string }[]): Promise<void> {
    const done = this.#turn.then(async () => await this.#publish(added));
    this.#turn = done.catch(() => {}); // told by this call
    await done;
  }

  async #publish(added: readonly { readonly name: string; readonly path: string }[]): Promise<void> {
    const { store, disk, folder, lease, version, nowUs, signal } = this.#options;
    await lease.require(signal);
    if (this.#isUncertain) await this.#lookAgain();
    for (let object = this.#unneeded[0]; object !== undefined; object = this.#unneeded[0]) {
      await store.files.remove(object);
      this.#unneeded.shift();
    }
    const kept: SharedFile[] = [];
    const names = new Set(await localNames(disk, folder));
    for (const file of this.#files) if (names.has(file.name)) kept.push(file);
    const uploaded: SharedFile[] = [];
    try {
      for (const { name, path } of added) {
        if (!kept.some(file => file.name === name)) uploaded.push(await this.#upload(name, path));
      }
      const files = [...kept, ...uploaded];
      const isOfRules = version > this.#version;
      await this.#write({ epoch: lease.epoch, version: isOfRules ? version : this.#version, savedUs: nowUs(), files });
      if (isOfRules) this.#version = version;
      this.#unneeded.push(...this.#files.flatMap(file => (kept.includes(file) ? [] : [file.object])));
      this.#files = files;
    } catch (error) {
      if (!this.#isUncertain) this.#unneeded.push(...uploaded.map(({ object }) => object));
      throw error;
    }
  }

  /** From now on nobody who had the lease before can write the entry. */
  async #claim(): Promise<FolderValue> {
    const { store, lease, key, signal } = this.#options;
    for (;;) {
      await lease.require(signal);
      const entry = await store.entries.read(key);
      const value: FolderValue = entry === null ? NOTHING : folderValue(entry);
      if (value.epoch > lease.epoch) throw lease.lostError();
      const claimed = JSON.stringify({ ...value, epoch: lease.epoch });
      const revision = await store.entries.write(key, claimed, entry?.revision ?? 0);
      if (revision === null) continue; // who had the lease before was faster
      this.#revision = revision;
      return value;
    }
  }

  /** Who has it after this one, which was stopped for a while, removes files. */
  async #requireOwn(): Promise<void> {
    const { store, lease, key } = this.#options;
    const entry = await store.entries.read(key);
    if (entry === null || folderValue(entry).epoch !== lease.epoch) throw lease.lostError();
  }

  async #write(value: FolderValue): Promise<void> {
    const { store, lease, key, signal } = this.#options;
    await lease.require(signal);
    this.#isUncertain = true;
    const revision = await store.entries.write(key, JSON.stringify(value), this.#revision);
    this.#isUncertain = false;
    if (revision === null) throw lease.lostError();
    this.#revision = revision;
  }

  /** An answer was lost: what the entry names counts. */
  async #lookAgain(): Promise<void> {
    const { store, lease, key } = this.#options;
    const entry = await store.entries.read(key);
    if (entry === null || folderValue(entry).epoch !== lease.epoch) throw lease.lostError();
    this.#revision = entry.revision;
    this.#version = folderValue(entry).version;
    const { files } = folderValue(entry);
    this.#unneeded.push(
      ...this.#files.flatMap(({ object }) => (files.some(file => file.object === object) ? [] : [object])),
    );
    this.#files = files;
    this.#isUncertain = false;
  }

  async #upload(name: string, path: string): Promise<SharedFile> {
    const { store, disk, lease, prefix } = this.#options;
    const object = `${prefix}/${lease.epoch}/${this.#number++}-${name.replaceAll('/', '-')}`;
    const hash = createHash('sha256');
    let bytes = 0;
    await store.files.write(object, hashed());
    return { name, object, bytes, sha256: hash.digest('hex') };

    async function* hashed(): AsyncGenerator<Uint8Array> {
      for await (const piece of fileBytes(disk, path)) {
        hash.update(piece);
        bytes += piece.length;
        yield piece;
      }
    }
  }

  /** Everything but what is as the store has it; returns the names of that. */
  async #removeOthers(): Promise<Set<string>> {
    const { disk, folder } = this.#options;
    const isThere = new Set<string>();
    try {
      for (const part of ['', ...SUBFOLDERS]) await disk.makeFolder(join(folder, part));
      for (const name of await localNames(disk, folder)) {
        const file = this.#files.find(each => each.name === name);
        if (file !== undefined && (await sha256Of(disk, join(folder, name))) === file.sha256) isThere.add(name);
        else await disk.remove(join(folder, name));
      }
    } catch (error) {
      throw readingError(folder, error);
    }
    return isThere;
  }

  /** False where the store has lost it, or some of it: whoever opens the folder passes over a checkpoint that lacks it. */
  async #download({ name, object, sha256 }: SharedFile): Promise<boolean> {
    const { store, disk, folder } = this.#options;
    const path = join(folder, name);
    const pieces = await store.files.read(object);
    if (pieces === null) return false;
    const hash = createHash('sha256');
    try {
      const file = await disk.open(path, 'create');
      try {
        let position = 0;
        for await (const piece of pieces) {
          await file.write(piece, position);
          hash.update(piece);
          position += piece.length;
        }
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'MR6003') throw writingError(path, error);
    }
    const isWhole = hash.digest('hex') === sha256;
    if (!isWhole) await disk.remove(path);
    return isWhole;
  }
}

/** What an owner of this module has written. */
export function folderValue({ value }: SharedEntry): FolderValue {
  return JSON.parse(value) as FolderValue;
}

/** Those that count: what is being written has another ending, and the lock is this machine's. */
async function localNames(disk: Disk, folder: string): Promise<string[]> {
  const names = await Promise.all(
    ['', ...SUBFOLDERS].map(async part => (await disk.list(join(folder, part))).map(name => join(part, name))),
  );
  return names.flat().filter(name => STATE_FILE.test(name));
}

async function sha256Of(disk: Disk, path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of fileBytes(disk, path)) hash.update(piece);
  return hash.digest('hex');
}

function damaged(path: string, what: string): MillraceError {
  return new MillraceError('MR6003', `the state ${path} is damaged: ${what}`, {
    hint: 'see whether the object store of the cluster lost something; without its state the share starts empty',
    domain: 'external',
  });
}

function newerRules(
  lease: string,
  { isOf, isHere }: { readonly isOf: number; readonly isHere: number },
): MillraceError {
  return new MillraceError(
    'MR6034',
    `the state of ${lease} is of newer rules: version ${isOf}, and here are those of ${isHere}`,
    {
      hint: 'start this process with the newer rules',
    },
  );
}

const NOTHING: FolderValue = { epoch: 0, version: 0, savedUs: 0, files: [] };
const SUBFOLDERS = ['inputs'];
const STATE_FILE = /^(checkpoint-\d+|part-\d+-[\w.-]+|inputs[/\\]entries-\d+)$/;
