import { join } from 'node:path';
import type { Disk } from '../../../engine/disk.ts';
import { MillraceError } from '../../../engine/errors.ts';
import type { RuleSet } from './rule-set.ts';

/** Rules that ran, or run; their texts stand beside it. */
export type Version = {
  readonly version: number;
  readonly at: string;
  readonly from: Origin;
  /** Pieces of state, as the plan of the change said. */
  readonly kept: number;
  /** From stored series; absent: nothing, or it is an older version's. */
  readonly filled?: number;
  readonly empty: number;
  readonly gone: number;
  /** By rule: from which event time on it sees as far back as it says. */
  readonly warmFrom: Readonly<Record<string, string>>;
};

/** How rules came: from the folder, sent, or those of an older version. `by`: who says that it was them. */
export type Origin =
  | { readonly kind: 'folder' }
  | { readonly kind: 'deploy'; readonly by: string }
  | { readonly kind: 'rollback'; readonly by: string; readonly to: number };

/** What runs, also after a crash. */
export type Active = {
  readonly version: number;
  /** What ran before; it runs again where these rules cannot be opened. Null: they have been, or nothing did. */
  readonly previous: number | null;
  /** Digest of the folder of rules, as it was last read: another one is a change. */
  readonly folder: string;
};

/**
 * The versions of the rules in the state folder, and which of them is active. A version is a file; `active.json` is replaced
 * whole, so that after a crash one or the other is active.
 *
 * Errors: MR6002 the folder cannot be written · MR7066 a file of it is damaged.
 */
export class VersionStore {
  readonly #disk: Disk;
  readonly #folder: string;
  #versions: readonly number[] = []; // ascending

  private constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  static async open(disk: Disk, stateDirectory: string): Promise<VersionStore> {
    const store = new VersionStore(disk, join(stateDirectory, 'versions'));
    await store.#written(() => disk.makeFolder(store.#folder));
    const names = await disk.list(store.#folder);
    store.#versions = names
      .flatMap(name => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    return store;
  }

  get nextVersion(): number {
    return (this.#versions.at(-1) ?? 0) + 1;
  }

  async active(): Promise<Active | null> {
    return await this.#read<Active>(ACTIVE);
  }

  /** Null: it is not kept, or never was. */
  async find(version: number): Promise<Version | null> {
    return this.#versions.includes(version) ? await this.#read<Version>(nameOf(version)) : null;
  }

  /** Of one that is there. */
  async rulesOf({ version }: Version): Promise<RuleSet> {
    const set = await this.#read<RuleSet>(rulesNameOf(version));
    if (set === null) throw damaged(join(this.#folder, rulesNameOf(version)), 'it is not there');
    return set;
  }

  /** Newest first. */
  async all(): Promise<readonly Version[]> {
    const versions: Version[] = [];
    for (const version of this.#versions.toReversed()) {
      const found = await this.find(version);
      if (found !== null) versions.push(found);
    }
    return versions;
  }

  async add(version: Version, set: RuleSet): Promise<void> {
    await this.#replace(rulesNameOf(version.version), set);
    await this.#replace(nameOf(version.version), version);
    this.#versions = [...this.#versions, version.version];
  }

  /** One that could not be opened was none. */
  async remove(version: number): Promise<void> {
    this.#versions = this.#versions.filter(each => each !== version);
    await this.#written(async () => {
      await this.#disk.remove(join(this.#folder, nameOf(version)));
      await this.#disk.remove(join(this.#folder, rulesNameOf(version)));
    });
  }

  /** Old versions are let go of, but for those that may run. */
  async activate(active: Active): Promise<void> {
    await this.#replace(ACTIVE, active);
    const old = this.#versions.slice(0, -KEPT_VERSIONS);
    for (const version of old)
      if (version !== active.version && version !== active.previous) await this.remove(version);
  }

  async #read<Content>(name: string): Promise<Content | null> {
    const path = join(this.#folder, name);
    if (!(await this.#disk.list(this.#folder)).includes(name)) return null;
    const file = await this.#disk.open(path, 'read');
    try {
      const bytes = new Uint8Array(await file.size());
      await file.read(bytes, 0);
      return JSON.parse(Buffer.from(bytes).toString()) as Content; // as: what `replace` wrote, whole
    } catch (error) {
      throw damaged(path, (error as Error).message);
    } finally {
      await file.close();
    }
  }

  async #replace(name: string, content: Version | Active | RuleSet): Promise<void> {
    const path = join(this.#folder, name);
    await this.#written(async () => {
      const file = await this.#disk.open(`${path}.new`, 'create');
      try {
        await file.write(Buffer.from(`${JSON.stringify(content)}\n`), 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#disk.rename(`${path}.new`, path);
      await this.#disk.syncFolder(this.#folder);
    });
  }

  async #written(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      throw new MillraceError('MR6002', `versions of the rules cannot be kept: ${(error as Error).message}`, {
        hint: 'is the disk full, or the folder of another user?',
        domain: 'external',
        retry: 'backoff',
        cause: error,
      });
    }
  }
}

function damaged(path: string, why: string): MillraceError {
  const hint = 'remove the folder of versions: the folder of rules then says what runs';
  return new MillraceError('MR7066', `${path} is damaged: ${why}`, { hint, domain: 'external' });
}

function rulesNameOf(version: number): string {
  return `${version}.rules.json`;
}

function nameOf(version: number): string {
  return `${version}.json`;
}

const ACTIVE = 'active.json';
const KEPT_VERSIONS = 50;
