import type { Snapshot } from '../../operator.ts';
import type { ChangedKeys } from '../../state/changed-keys.ts';
import { rowsOf, type StateExtent, type StateTable } from './engine-state.ts';

export type PartOptions = {
  readonly extent: StateExtent;
  /** So many keys are saved at least when one is about to change: a millisecond or less of work. */
  readonly leastKeys?: number;
  /** For measuring. */
  readonly monotonicMs?: () => number;
};

export type StatePartOptions = PartOptions & {
  /** Takes a chunk of the state as soon as it is saved, the first one at once. Each key is in one of them. */
  readonly onSaved: (chunk: Snapshot) => void;
};

/**
 * The state of an engine at one instant, saved bit by bit while events go on: a key is saved when its turn comes, or just
 * before it changes (copy on write). So handling stops for a slice at a time, however many keys there are. Where streams
 * are keyed anew, state is not of single keys, and is saved at once.
 */
export class StatePart {
  readonly #changed: readonly ChangedKeys[]; // by table
  readonly #onSaved: (chunk: Snapshot) => void;
  readonly #monotonicMs: () => number;
  #savingMs = 0;

  constructor(tables: readonly StateTable[], options: StatePartOptions) {
    const { extent, leastKeys = LEAST_KEYS, monotonicMs = () => 0, onSaved } = options;
    this.#onSaved = onSaved;
    this.#monotonicMs = monotonicMs;
    const startMs = monotonicMs();
    const isOfSingleKeys = tables.every(table => table.isOfSingleKeys);
    const first: Record<string, Snapshot> = {};
    for (const table of tables) {
      const { keys } = table;
      if (extent === 'all') keys.trackChanges();
      const keyIds = takeChanged(table);
      first[table.id] = rowsOf(table, isOfSingleKeys ? NO_KEYS : keyIds, keys.takeForgotten());
      if (isOfSingleKeys) {
        keys.changed.saveBeforeChange(keyIds, { save: saved => this.#save(table, saved), leastKeys });
      }
    }
    onSaved(first);
    this.#changed = tables.map(table => table.keys.changed);
    this.#savingMs = monotonicMs() - startMs;
  }

  get isComplete(): boolean {
    return this.#changed.every(changed => changed.areAllSaved);
  }

  /** Saves up to so many keys. */
  saveSlice(keyCount: number): void {
    this.#changed.find(changed => !changed.areAllSaved)?.saveNext(keyCount);
  }

  /** How long saving has taken since the last call. */
  takeMs(): number {
    const ms = this.#savingMs;
    this.#savingMs = 0;
    return ms;
  }

  /** Nothing else is saved. */
  giveUp(): void {
    for (const changed of this.#changed) changed.stopSaving();
  }

  #save(table: StateTable, keyIds: Uint32Array): void {
    const startMs = this.#monotonicMs();
    this.#onSaved({ [table.id]: rowsOf(table, keyIds, null) });
    this.#savingMs += this.#monotonicMs() - startMs;
  }
}

/** The one key of a stream without fields for it is known to every worker: only the one that has its events saves it. */
function takeChanged({ keys, hasSeen }: StateTable): Uint32Array {
  const keyIds = keys.takeChanged();
  return keys.fields.length === 0 && !hasSeen(0) ? NO_KEYS : keyIds;
}

const LEAST_KEYS = 1_024;
const NO_KEYS = new Uint32Array(0);
