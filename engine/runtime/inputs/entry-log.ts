import { basename, join } from 'node:path';
import type { Position } from '../../connector.ts';
import type { Disk } from '../../disk.ts';
import type { Snapshot } from '../../operator.ts';
import type { InputEntry } from '../../recorded-input.ts';
import { readSnapshotFile, writeSnapshotFile } from '../checkpoint/snapshot-file.ts';
import { damagedError, readingError, writingError } from '../checkpoint/state-error.ts';

/** Entries that were recorded together: of one input, whose position is behind them. */
export type RecordedEntries = {
  readonly input: string;
  readonly position: Position | null;
  readonly entries: readonly InputEntry[];
};

/**
 * Entries of recorded inputs in the state folder, from before they count until checkpoints hold them: a run that goes on
 * from a checkpoint hears the same entries at the same places. A file each time, since they are rare. Calls: `open`, then
 * `append` and `removeUpTo`, one at a time. Errors: MR6002, MR6003.
 */
export class EntryLog {
  readonly #disk: Disk;
  readonly #folder: string;
  #files: LogFile[]; // oldest first

  private constructor(disk: Disk, folder: string, files: LogFile[]) {
    this.#disk = disk;
    this.#folder = folder;
    this.#files = files;
  }

  static async open(disk: Disk, folder: string): Promise<EntryLog> {
    try {
      await disk.makeFolder(folder);
      const names = await disk.list(folder);
      for (const name of names) if (name.endsWith(UNFINISHED)) await disk.remove(join(folder, name));
      const files = names.flatMap(name => fileOf(folder, name)).sort((a, b) => a.first - b.first);
      return new EntryLog(disk, folder, files);
    } catch (error) {
      throw writingError(folder, error);
    }
  }

  /** What was recorded behind this entry. Errors: also MR6003 where some of it is missing. */
  async readAfter(sequence: number): Promise<RecordedEntries[]> {
    const recorded: RecordedEntries[] = [];
    let next = sequence + 1;
    for (const { first, path } of this.#files) {
      if (first < next) continue; // a checkpoint holds what was recorded together, or none of it
      if (first > next) throw damagedError(path, `the entry ${next} is missing before it`);
      const read = (await readSnapshotFile(this.#disk, path).catch(error => {
        throw readingError(path, error);
      })) as unknown as RecordedEntries; // what `append` wrote: the checksum is right
      recorded.push(read);
      next = first + read.entries.length;
    }
    return recorded;
  }

  /** Resolves when they are durable. */
  async append(recorded: RecordedEntries): Promise<void> {
    const first = recorded.entries[0]!.sequence;
    const path = join(this.#folder, `entries-${String(first).padStart(10, '0')}`);
    const temporary = `${path}${UNFINISHED}`;
    try {
      await writeSnapshotFile(this.#disk, temporary, recorded as unknown as Snapshot); // as: plain data
      await this.#disk.rename(temporary, path);
      await this.#disk.syncFolder(this.#folder);
    } catch (error) {
      throw writingError(path, error);
    }
    this.#files.push({ first, path });
  }

  /** Even the oldest checkpoint that is kept holds these. */
  async removeUpTo(sequence: number): Promise<void> {
    const isCovered = ({ first }: LogFile) => first <= sequence;
    try {
      for (const { path } of this.#files.filter(isCovered)) await this.#disk.remove(path);
    } catch (error) {
      throw writingError(this.#folder, error);
    }
    this.#files = this.#files.filter(file => !isCovered(file));
  }
}

type LogFile = { readonly first: number; readonly path: string };

const UNFINISHED = '.new';
const NAME = /^entries-(\d{10,})$/;

function fileOf(folder: string, name: string): LogFile[] {
  const match = NAME.exec(basename(name));
  return match === null ? [] : [{ first: Number(match[1]), path: join(folder, name) }];
}
