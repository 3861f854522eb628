import { basename, relative } from 'node:path';
import type { Disk, DiskFile } from '../../../engine/disk.ts';
import { FILL_FOLDER } from '../../../engine/runtime/fill/fill.ts';
import type { SharedFolder } from './shared-folder.ts';

/**
 * A disk on which the state folder of a share is in the store as well. What counts in a state folder is written under another
 * name and then renamed (a checkpoint's manifest, entries of recorded inputs), so a rename is what is durable only when the store
 * has it: before a manifest, with the parts that are there.
 */
export class SharedDisk implements Disk {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #shared: SharedFolder;

  constructor(disk: Disk, folder: string, shared: SharedFolder) {
    this.#disk = disk;
    this.#folder = folder;
    this.#shared = shared;
  }

  async list(folder: string): Promise<string[]> {
    return await this.#disk.list(folder);
  }

  async makeFolder(folder: string): Promise<void> {
    await this.#disk.makeFolder(folder);
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return await this.#disk.open(path, mode);
  }

  async rename(from: string, to: string): Promise<void> {
    const name = relative(this.#folder, to);
    const isOurs = !name.startsWith('..') && !name.startsWith(`${FILL_FOLDER}/`); // what is being filled nobody goes on from
    if (isOurs) await this.#shared.publish([...(await this.#partsBefore(name)), { name, path: from }]);
    await this.#disk.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    await this.#disk.remove(path);
  }

  async syncFolder(folder: string): Promise<void> {
    await this.#disk.syncFolder(folder);
  }

  /** All are whole: one checkpoint is written at a time. */
  async #partsBefore(name: string): Promise<{ readonly name: string; readonly path: string }[]> {
    if (!basename(name).startsWith('checkpoint-')) return [];
    const names = await this.#disk.list(this.#folder);
    return names.flatMap(part => (part.startsWith('part-') ? [{ name: part, path: `${this.#folder}/${part}` }] : []));
  }
}
