import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Disk } from '../../../engine/disk.ts';
import { ACTIONS, actionContent, type OperatorAction } from '../../../engine/operators/rule/operator-action.ts';
import type { InputEntry, NewEntries, RecordedInput } from '../../../engine/recorded-input.ts';
import { readingError, writingError } from '../../../engine/runtime/checkpoint/state-error.ts';
import { MAX_ACTION_BYTES, type WrittenAction } from './parse-action.ts';

/** Where in a state folder operators' actions wait for the run: a file each, whoever writes them. */
export function inboxOf(stateDirectory: string): string {
  return join(stateDirectory, ACTIONS);
}

/** Durable when it resolves; `name` tells files apart and puts them in order. Errors: MR6002. */
export async function postAction(disk: Disk, folder: string, name: string, action: WrittenAction): Promise<void> {
  const path = join(folder, `${name}${DONE}`);
  try {
    await disk.makeFolder(folder);
    const file = await disk.open(join(folder, name), 'create');
    try {
      await file.write(Buffer.from(`${JSON.stringify(action)}\n`), 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(join(folder, name), path);
    await disk.syncFolder(folder);
  } catch (error) {
    throw writingError(path, error);
  }
}

/** What operators did, as a recorded input of a run: a file is removed when what it says is durable in the state. */
export class ActionInbox implements RecordedInput {
  readonly input = ACTIONS;
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #parse: (bytes: Uint8Array) => OperatorAction;
  readonly #onRefused: (path: string, reason: string) => void;
  readonly #taken = new Set<string>(); // bound: files that are there
  readonly #refused = new Set<string>();

  constructor(options: {
    readonly disk: Disk;
    readonly folder: string;
    /** Throws where it is no action. */
    readonly parse: (bytes: Uint8Array) => OperatorAction;
    readonly onRefused: (path: string, reason: string) => void;
  }) {
    this.#disk = options.disk;
    this.#folder = options.folder;
    this.#parse = options.parse;
    this.#onRefused = options.onRefused;
  }

  take({ content }: InputEntry): void {
    if (typeof content['file'] === 'string') this.#taken.add(content['file']);
  }

  async next(): Promise<NewEntries> {
    const entries: NewEntries['entries'][number][] = [];
    for (const name of (await this.#newNames()).slice(0, MAX_ENTRIES)) {
      const action = await this.#read(name);
      if (action === null) continue;
      const { texts, content } = actionContent(action);
      entries.push({ texts, content: { ...content, file: name } });
    }
    return { entries, position: null };
  }

  async changed(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.#newNames()).length === 0) {
      await delay(POLL_MS, undefined, { signal }).catch(() => {});
    }
  }

  compact(): readonly InputEntry[] {
    return []; // all that an action did is in the state
  }

  async close(): Promise<void> {}

  /** Oldest first. What was taken is removed. */
  async #newNames(): Promise<string[]> {
    try {
      const names = (await this.#disk.list(this.#folder)).filter(name => name.endsWith(DONE));
      for (const name of this.#taken) {
        if (names.includes(name)) await this.#disk.remove(join(this.#folder, name));
        else this.#taken.delete(name);
      }
      return names.filter(name => !this.#taken.has(name) && !this.#refused.has(name));
    } catch (error) {
      throw readingError(this.#folder, error);
    }
  }

  /** Null where it says nothing that can be done: somebody else has put it there. */
  async #read(name: string): Promise<OperatorAction | null> {
    const path = join(this.#folder, name);
    const file = await this.#disk.open(path, 'read').catch(error => Promise.reject(readingError(path, error)));
    try {
      const bytes = Buffer.alloc(Math.min(await file.size(), MAX_ACTION_BYTES + 1)); // one more is too long
      await file.read(bytes, 0);
      return this.#parse(bytes);
    } catch (error) {
      this.#refused.add(name);
      this.#onRefused(path, (error as Error).message);
      return null;
    } finally {
      await file.close();
    }
  }
}

const DONE = '.json';
const POLL_MS = 100;
/** At one place of the arrival order. */
const MAX_ENTRIES = 1_000;
