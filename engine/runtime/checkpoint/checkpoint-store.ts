import { join } from 'node:path';
import type { Disk } from '../../disk.ts';
import { assert, MillraceError } from '../../errors.ts';
import type { Snapshot } from '../../operator.ts';
import { encodeManifest, type Manifest, type PartReference, readManifest } from './checkpoint-manifest.ts';
import { type CheckpointName, manifestPath, nameOf, partPath } from './checkpoint-names.ts';
import { verifySnapshotFile, writeSnapshotFile } from './snapshot-file.ts';
import { damagedError, readingError, writingError } from './state-error.ts';

export type { PartReference } from './checkpoint-manifest.ts';

export type StoredCheckpoint = Manifest & {
  /** Newer ones that are damaged, newest first: MR6005, for the log and a count. */
  readonly passedOver: readonly PassedOver[];
};

export type PassedOver = { readonly id: number; readonly reason: MillraceError };

type Kept = { readonly id: number; readonly partPaths: readonly string[] };

/**
 * The checkpoints in a folder. One is a manifest `checkpoint-<id>`, with the content and the list of parts, and its part
 * files `part-<id>-<name>`, which later checkpoints may name too. The last few good ones are kept, and the newest that
 * shares no part with the last: one damaged file never takes them all.
 *
 * Calls: `open`, `latest` once, then per checkpoint the parts written to `partPath(id, …)` with `writeSnapshots` and
 * `commit`; where anything of it fails, `abandon`. One at a time. Whoever opens it keeps others out of the folder
 * (StateLock).
 *
 * A crash, a power cut included, loses nothing at any step, since a manifest is under its name only when all that it
 * names is durable, and a part goes only when nothing that names it is there:
 *
 * 1. *While parts are written*: no manifest names them, since their id is greater than that of every manifest. `open`
 *    removes parts that are newer than the newest manifest.
 * 2. *While the manifest is written*: it is `checkpoint-<id>.new`, which `open` removes.
 * 3. *Before the rename* the folder is synced: the names of parts are durable, and their bytes are by their writers.
 * 4. *The rename* is there or not. If it is, the checkpoint is complete, although `commit` did not return.
 * 5. *After the rename* the folder is synced, and only then anything older is removed: never is an old manifest gone
 *    for good and the new one not there for good.
 * 6. *While old ones are removed*: manifests first, then the folder is synced, then parts: no manifest ever misses a
 *    part. What stays behind is removed by the next commit.
 *
 * Errors: MR6002 the folder cannot be read or written (`retry: 'backoff'` where the disk is full or has trouble: a new
 * checkpoint may succeed) · MR6003 no checkpoint is whole · MR6006 the newest is of a newer format.
 */
export class CheckpointStore {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #keptCount: number;
  /** Newest first; undefined before `latest`. */
  #kept: Kept[] | undefined;
  #nextId: number;

  private constructor(disk: Disk, options: { folder: string; keptCount: number; nextId: number }) {
    this.#disk = disk;
    this.#folder = options.folder;
    this.#keptCount = options.keptCount;
    this.#nextId = options.nextId;
  }

  /** Makes the folder where it is not, and removes what a crash left behind. */
  static async open(disk: Disk, folder: string, { kept }: { readonly kept: number }): Promise<CheckpointStore> {
    try {
      await disk.makeFolder(folder);
      const names = (await disk.list(folder)).map(nameOf).filter(name => name !== undefined);
      const nextId = Math.max(0, ...names.map(name => name.id)) + 1;
      const store = new CheckpointStore(disk, { folder, keptCount: kept, nextId });
      await store.#removeLeftovers();
      return store;
    } catch (error) {
      throw writingError(folder, error);
    }
  }

  /** Greater than the id of every checkpoint there ever was in the folder, given up ones of this run included. */
  get nextId(): number {
    return this.#nextId;
  }

  /** `name`: letters, digits, `-`, `_` and `.`, one per part of the checkpoint. */
  partPath(id: number, name: string): string {
    return partPath(this.#folder, id, name);
  }

  /**
   * The newest checkpoint that is whole, its parts included; undefined where there is none yet. Reads all files that
   * kept checkpoints name. Errors: MR6003, MR6006, MR6002.
   */
  async latest(): Promise<StoredCheckpoint | undefined> {
    const ids = await this.#manifestIds().catch(error => {
      throw readingError(this.#folder, error);
    });
    const passedOver: PassedOver[] = [];
    const good: Manifest[] = [];
    const verified = new Set<string>();
    for (const id of ids) {
      const found = await this.#readWhole(id, verified);
      if (!(found instanceof MillraceError)) good.push(found);
      else if (good.length === 0) passedOver.push({ id, reason: found });
    }
    if (ids.length > 0 && good.length === 0) {
      throw damagedError(this.#folder, `none of its ${ids.length} checkpoints is whole`, passedOver[0]!.reason);
    }
    this.#kept = this.#chosen(good.map(keptOf));
    await this.#removePassedOver(passedOver);
    return good.length === 0 ? undefined : { ...good[0]!, passedOver };
  }

  /**
   * What goes on from an older checkpoint (sinks are cut) must never go on from these, should they be read after all by
   * the next run.
   */
  async #removePassedOver(passedOver: readonly PassedOver[]): Promise<void> {
    if (passedOver.length === 0) return;
    const ids = new Set(passedOver.map(({ id }) => id));
    try {
      await this.#removeAll(await this.#files(({ kind, id }) => kind === 'manifest' && ids.has(id)));
      await this.#disk.syncFolder(this.#folder);
    } catch (error) {
      throw writingError(this.#folder, error);
    }
  }

  /**
   * What the oldest kept checkpoint has as its content: what is acknowledged to a source must not go beyond it, so that
   * a damaged newer one costs nothing. Read from its file each time. Undefined before the first commit.
   */
  async oldestKept(): Promise<Snapshot | undefined> {
    const oldest = this.#kept?.at(-1);
    return oldest === undefined ? undefined : (await this.#readManifest(oldest.id)).content;
  }

  /**
   * Makes a checkpoint of parts that are written and synced, then removes what is not kept. `id` is at least `nextId`.
   * After an error: `abandon`, and another id for the next one. Errors: MR6002.
   */
  async commit({ id, content, parts }: Manifest): Promise<void> {
    assert(this.#kept !== undefined, 'the latest checkpoint is read before another one is written');
    assert(id >= this.#nextId, `checkpoint ${id} is newer than all before it`);
    this.#nextId = id + 1;
    try {
      await this.#write({ id, content, parts });
      this.#kept = this.#chosen([keptOf({ id, content, parts }), ...this.#kept]);
      await this.#removeOthers(id);
    } catch (error) {
      throw writingError(this.#folder, error);
    }
  }

  /**
   * Removes what there is of a checkpoint that was given up, so that a full disk gets its room back; nothing where it
   * is among the kept ones after all (`commit` failed when it removed others). Errors: MR6002.
   */
  async abandon(id: number): Promise<void> {
    if (this.#kept?.some(kept => kept.id === id)) return;
    this.#nextId = Math.max(this.#nextId, id + 1); // a part of it may still be being written
    try {
      await this.#removeCheckpoints({ isMeant: name => name.id === id, keptPartPaths: new Set() });
    } catch (error) {
      throw writingError(this.#folder, error);
    }
  }

  /** Of checkpoints, newest first: the last few, and the newest that shares no part with the newest of all. */
  #chosen(checkpoints: readonly Kept[]): Kept[] {
    const newestParts = new Set(checkpoints[0]?.partPaths);
    const last = checkpoints.slice(0, this.#keptCount);
    const apart = checkpoints.find(({ partPaths }) => !partPaths.some(path => newestParts.has(path)));
    return apart === undefined || last.includes(apart) ? last : [...last, apart];
  }

  async #write(manifest: Manifest): Promise<void> {
    const path = manifestPath(this.#folder, manifest.id);
    const temporary = `${path}.new`;
    await writeSnapshotFile(this.#disk, temporary, encodeManifest(manifest));
    await this.#disk.syncFolder(this.#folder);
    await this.#disk.rename(temporary, path);
    await this.#disk.syncFolder(this.#folder);
  }

  /** Whatever is not newer than the newest, and that no kept checkpoint has: damaged ones, given up ones, old ones. */
  async #removeOthers(newestId: number): Promise<void> {
    const kept = this.#kept!;
    const keptIds = new Set(kept.map(({ id }) => id));
    await this.#removeCheckpoints({
      isMeant: ({ kind, id }) => id <= newestId && (kind === 'part' || !keptIds.has(id)),
      keptPartPaths: new Set(kept.flatMap(({ partPaths }) => partPaths)),
    });
  }

  /** Manifests first: no manifest that a crash leaves there misses a part. */
  async #removeCheckpoints(options: {
    readonly isMeant: (name: CheckpointName) => boolean;
    readonly keptPartPaths: ReadonlySet<string>;
  }): Promise<void> {
    const manifests = await this.#files(name => name.kind !== 'part' && options.isMeant(name));
    await this.#removeAll(manifests);
    if (manifests.length > 0) await this.#disk.syncFolder(this.#folder);
    const parts = await this.#files(name => name.kind === 'part' && options.isMeant(name));
    await this.#removeAll(parts.filter(path => !options.keptPartPaths.has(path)));
  }

  async #removeLeftovers(): Promise<void> {
    const [newestId = 0] = await this.#manifestIds();
    await this.#removeAll(
      await this.#files(({ kind, id }) => kind === 'leftover' || (kind === 'part' && id > newestId)),
    );
  }

  /** A checkpoint with all its parts, or why it is passed over. */
  async #readWhole(id: number, verified: Set<string>): Promise<Manifest | MillraceError> {
    try {
      const manifest = await this.#readManifest(id);
      for (const part of manifest.parts) await this.#verifyPart(part, verified);
      return manifest;
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'MR6003') return passedOverError(id, error);
      throw error;
    }
  }

  /** Checkpoints share parts: each is read once. */
  async #verifyPart(part: PartReference, verified: Set<string>): Promise<void> {
    const { path, bytes, checksum } = part;
    const identity = `${path} ${bytes} ${checksum}`;
    if (verified.has(identity)) return;
    await verifySnapshotFile(this.#disk, path, part);
    verified.add(identity);
  }

  async #readManifest(id: number): Promise<Manifest> {
    return await readManifest(this.#disk, { folder: this.#folder, path: manifestPath(this.#folder, id), id });
  }

  /** Newest first. */
  async #manifestIds(): Promise<number[]> {
    const paths = await this.#files(({ kind }) => kind === 'manifest');
    return paths.map(path => nameOf(path)!.id).sort((a, b) => b - a);
  }

  async #files(isMeant: (name: CheckpointName) => boolean): Promise<string[]> {
    const names = await this.#disk.list(this.#folder);
    return names
      .filter(file => {
        const name = nameOf(file);
        return name !== undefined && isMeant(name);
      })
      .map(file => join(this.#folder, file));
  }

  async #removeAll(paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.#disk.remove(path);
  }
}

function keptOf({ id, parts }: Manifest): Kept {
  return { id, partPaths: parts.map(part => part.path) };
}

function passedOverError(id: number, cause: MillraceError): MillraceError {
  return new MillraceError('MR6005', `checkpoint ${id} was passed over for the one before: ${cause.message}`, {
    hint: 'nothing is lost; look at the disk if it happens again',
    domain: 'external',
    cause,
  });
}
