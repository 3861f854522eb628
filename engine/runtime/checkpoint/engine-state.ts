import type { Column } from '../../batch.ts';
import type { Operator, Snapshot } from '../../operator.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import { renamed } from './renamed-state.ts';
import type { Timeline } from '../timeline.ts';
import type { KeptNode } from '../workers/worker-protocol.ts';

/**
 * Keys that state belongs to, with all that has state by them: a source or a merge with the operators behind it, or the operators
 * behind a rekey or a silence. In the order of the plan, so that what an operator needs of another table is there before it.
 */
export type StateTable = {
  readonly id: string; // of the source, merge, rekey or silence
  readonly keys: KeyDictionary;
  readonly source: Timeline | undefined;
  /** Whether there is state of the one key of a stream without fields for it, which every worker knows. */
  readonly hasSeen: (keyId: number) => boolean;
  /** Who changes a key says so before, so that keys can be saved one after the other. */
  readonly isOfSingleKeys: boolean;
  readonly operators: readonly Operator[];
};

/** Which keys a part of the state is of: all, or those that changed since the part before. */
export type StateExtent = 'all' | 'changed';

/** A copy of the state of all keys: rows by key, whatever their ids are here. */
export function copyState(tables: readonly StateTable[]): Snapshot {
  return Object.fromEntries(tables.map(table => [table.id, rowsOf(table, table.keys.inOrder(), null)]));
}

/** The stored state that a node takes over; null: it starts empty. */
export type KeptOf = (nodeId: string) => KeptNode | null;

/**
 * Takes over parts of a state, oldest first: of each key, what the newest part that has it says. `isOwned` says which
 * keys are kept here. Called once, before the first event.
 */
export function restoreState(
  tables: readonly StateTable[],
  parts: readonly Snapshot[],
  options: { readonly isOwned: IsOwned; readonly keptOf: KeptOf },
): void {
  for (const table of tables) {
    const owners = ownersOf(table, options.keptOf);
    const hasOwnKeys = table.source !== undefined && options.keptOf(table.id)?.isFilled !== true;
    for (const fromTable of tablesInOrder(owners, hasOwnKeys)) {
      const stored = parts.flatMap(part => (Object.hasOwn(part, fromTable) ? [part[fromTable] as Snapshot] : []));
      const own = owners.filter(owner => owner.kept.fromTable === fromTable);
      for (const { owners: some, parts: theirs } of ownersByParts(own, stored)) {
        const isOfKnownKeys = hasOwnKeys && own[0]!.kept.isFilled === true;
        const ids = rowIds(table.keys, theirs, { isOwned: options.isOwned, isOfKnownKeys });
        theirs.forEach((rows, i) => {
          for (const owner of some) owner.restore(rows, ids[i]!);
        });
      }
    }
  }
  for (const { source } of tables) source?.resume();
}

/**
 * What was filled comes last where it is of keys that are there already; else first, so that in what order keys appeared is as
 * it was.
 */
function tablesInOrder(owners: readonly StateOwner[], hasOwnKeys: boolean): readonly string[] {
  const ofKept = (isFilled: boolean) =>
    owners.filter(({ kept }) => (kept.isFilled === true) === isFilled).map(({ kept }) => kept.fromTable);
  return [...new Set(hasOwnKeys ? [...ofKept(false), ...ofKept(true)] : [...ofKept(true), ...ofKept(false)])];
}

/** What takes over state by the keys of a table: its source, and operators. */
type StateOwner = {
  readonly kept: KeptNode;
  isIn(rows: Snapshot): boolean;
  restore(rows: Snapshot, keyIds: Int32Array): void;
};

/**
 * Mostly all are in the same parts. Where all keys come together for a new reader, what only single keys needed before is in
 * other parts than the source is; the source, which knows the order of keys, comes last.
 */
function ownersByParts(owners: readonly StateOwner[], parts: readonly Snapshot[]) {
  const placesOf = (owner: StateOwner) => parts.flatMap((rows, i) => (owner.isIn(rows) ? [i] : []));
  const groups = Map.groupBy(owners, owner => placesOf(owner).join());
  return [...groups.values()]
    .map(some => ({ owners: some, parts: parts.filter(rows => some[0]!.isIn(rows)) }))
    .reverse();
}

function ownersOf({ id, source, operators }: StateTable, keptOf: KeptOf): StateOwner[] {
  const owners = operators.flatMap((operator): StateOwner[] => {
    const kept = keptOf(operator.node.id);
    if (kept === null) return [];
    const storedIn = (rows: Snapshot) => (rows['operators'] as Snapshot)[kept.from];
    const isIn = (rows: Snapshot) => storedIn(rows) !== undefined;
    const restore = (rows: Snapshot, keyIds: Int32Array) => {
      operator.restore(renamed(storedIn(rows) as Snapshot, kept), keyIds);
    };
    return [{ kept, isIn, restore }];
  });
  const kept = keptOf(id);
  if (source === undefined || kept === null) return owners;
  const restore = (rows: Snapshot, keyIds: Int32Array) =>
    source.restoreKeys(renamed(rows['source'] as Snapshot, kept), keyIds);
  return [{ kept, isIn: rows => rows['source'] !== null, restore }, ...owners];
}

export type IsOwned = (columns: readonly Column[], row: number) => boolean;

/** The state of some keys of a table; `forgotten`: keys that were let go of since the part before. */
export function rowsOf(
  { keys, source, operators }: StateTable,
  keyIds: Uint32Array,
  forgotten: Snapshot | null,
): Snapshot {
  return {
    keys: keys.snapshot(keyIds),
    forgotten,
    source: source === undefined ? null : source.snapshotKeys(keyIds),
    operators: Object.fromEntries(operators.map(operator => [operator.node.id, operator.snapshot(keyIds)])),
  };
}

/** The key id of each row of each part, −1 for rows that a newer part has, or that belong to others. */
function rowIds(
  keys: KeyDictionary,
  parts: readonly Snapshot[],
  { isOwned, isOfKnownKeys }: { readonly isOwned: IsOwned; readonly isOfKnownKeys: boolean },
): Int32Array[] {
  let gone: KeyDictionary | undefined;
  const taken = new Set<number>();
  const ids: Int32Array[] = parts.map(() => new Int32Array(0));
  const isWanted: IsOwned = (columns, row) =>
    isOwned(columns, row) && (gone === undefined || gone.find(columns, row) < 0);
  for (let i = parts.length - 1; i >= 0; i--) {
    const stored = parts[i]!['keys'] as Snapshot;
    ids[i] = isOfKnownKeys ? keys.findAll(stored, isWanted) : keys.restore(stored, isWanted);
    const forgotten = parts[i]!['forgotten'] as Snapshot | null;
    if (forgotten !== null) (gone ??= keys.emptyLike()).restore(forgotten);
    leaveOutTaken(ids[i]!, taken);
  }
  return ids;
}

function leaveOutTaken(ids: Int32Array, taken: Set<number>): void {
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (id < 0) continue;
    if (taken.has(id)) ids[row] = -1;
    else taken.add(id);
  }
}
