import type { Disk, DiskFile } from '../../engine/disk.ts';
import type { Temper } from './temper.ts';
import type { Actor } from './world.ts';

export type ActorDiskOptions = {
  readonly disk: Disk;
  readonly actor: Actor;
  readonly temper: Temper;
  readonly random: () => number;
  /** Asked before each call: the code of the error that it fails with, or null. */
  readonly fault: () => string | null;
  /** Files that stay, though their removal succeeds. */
  readonly isKept?: (path: string) => boolean;
};

/**
 * The disk as one actor uses it: each call is a step of the actor's, and a write may be two, so that a kill leaves a part
 * of it. Calls of an actor that was killed never happen.
 */
export class ActorDisk implements Disk {
  readonly #options: ActorDiskOptions;

  constructor(options: ActorDiskOptions) {
    this.#options = options;
  }

  async list(folder: string): Promise<string[]> {
    await this.#step(`list ${folder}`);
    return await this.#options.disk.list(folder);
  }

  async makeFolder(folder: string): Promise<void> {
    await this.#step(`make folder ${folder}`);
    await this.#options.disk.makeFolder(folder);
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    await this.#step(`open ${path}`);
    const file = await this.#options.disk.open(path, mode);
    const step = (what: string) => this.#step(`${what} ${path}`);
    return {
      read: async (into, position) => {
        await step('read');
        return await file.read(into, position);
      },
      write: async (bytes, position) => {
        await step('write');
        const first = this.#options.random() < 0.2 ? Math.floor(this.#options.random() * bytes.length) : 0;
        if (first > 0) {
          await file.write(bytes.subarray(0, first), position);
          await step('write the rest of');
        }
        await file.write(bytes.subarray(first), position + first);
      },
      truncate: async sizeBytes => {
        await step('truncate');
        await file.truncate(sizeBytes);
      },
      sync: async () => {
        await step('sync');
        await file.sync();
      },
      size: async () => {
        await step('size of');
        return await file.size();
      },
      identity: async () => {
        await step('identity of');
        return await file.identity();
      },
      close: async () => await file.close(),
    };
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step(`rename ${from}`);
    await this.#options.disk.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    await this.#step(`remove ${path}`);
    if (this.#options.isKept?.(path) !== true) await this.#options.disk.remove(path);
  }

  async syncFolder(folder: string): Promise<void> {
    await this.#step(`sync folder ${folder}`);
    await this.#options.disk.syncFolder(folder);
  }

  async #step(what: string): Promise<void> {
    const { actor, temper, fault } = this.#options;
    await actor.step(what, temper.delayMs('disk'));
    const code = fault();
    if (code !== null) throw Object.assign(new Error(`${code}: ${what}`), { code });
  }
}
