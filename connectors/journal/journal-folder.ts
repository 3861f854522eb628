import { join } from 'node:path';
import type { Disk } from '../../engine/disk.ts';
import { wrongName } from './journal-errors.ts';

/** Where the files of a journal are: `<root>/<name>/`. */
export class JournalFolder {
  readonly disk: Disk;
  readonly name: string;
  readonly path: string;

  /** Errors: MR5037 the name is none. */
  constructor(options: { readonly disk: Disk; readonly root: string; readonly name: string }) {
    if (!NAME.test(options.name)) throw wrongName(options.name);
    this.disk = options.disk;
    this.name = options.name;
    this.path = join(options.root, options.name);
  }

  segmentPath(firstSequence: number): string {
    return join(this.path, `${String(firstSequence).padStart(16, '0')}.log`);
  }

  /** The first sequences of its segments, oldest first. */
  async segments(): Promise<number[]> {
    const names = await this.disk.list(this.path);
    return names.flatMap(name => (SEGMENT.test(name) ? [Number(name.slice(0, 16))] : []));
  }

  get lockPath(): string {
    return join(this.path, 'lock');
  }

  /** Says up to where the records are synced. */
  get syncedPath(): string {
    return join(this.path, 'synced');
  }

  /** Says up to where a stream has what it read in a checkpoint. */
  acknowledgedPath(stream: string): string {
    return join(this.path, `${ACKNOWLEDGED}${stream}`);
  }

  /** Streams that have acknowledged something. */
  async acknowledgingStreams(): Promise<string[]> {
    const names = await this.disk.list(this.path);
    return names
      .filter(name => name.startsWith(ACKNOWLEDGED) && !name.endsWith('.new'))
      .map(name => name.slice(ACKNOWLEDGED.length));
  }
}

/** Names of folders that are the same on all systems. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
const SEGMENT = /^\d{16}\.log$/;
const ACKNOWLEDGED = 'acknowledged-';
