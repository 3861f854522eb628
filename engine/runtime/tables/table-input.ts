import type { TableNode } from '../../../dsl/plan.ts';
import type { Scalar } from '../../batch.ts';
import type { TableSource } from '../../connector.ts';
import { MillraceError } from '../../errors.ts';
import type { InputEntry, NewEntries, NextOptions, RecordedInput } from '../../recorded-input.ts';
import { applyEntry, compactEntries, contentOf, isOfTable, type TableChange } from '../../state/table-change.ts';
import { tableKey, type TableKey, TableVersions } from '../../state/table-versions.ts';
import { type Found, type FoundRow, readFoundRows } from './found-rows.ts';

/**
 * A table as a recorded input: it is read whole, and what differs from the versions that were recorded is new. Where rows do
 * not say from when they are valid, the first ones are so since always, others from their arrival; a row that is gone ends.
 * While it cannot be read, the last rows stay.
 *
 * Errors: MR5040, MR5041, MR5042 when a job starts; later they are told once.
 */
export class TableInput implements RecordedInput {
  readonly input: string;
  readonly #node: TableNode;
  readonly #source: TableSource;
  readonly #onTrouble: (error: MillraceError) => void;
  readonly #versions = new TableVersions();
  #isKnown = false; // what was there once is recorded
  #isRead = false; // by this job
  #found: Found | null = null; // and not asked for yet
  #trouble: string | undefined; // that was told, and goes on

  constructor(options: {
    readonly node: TableNode;
    readonly source: TableSource;
    /** It cannot be read now. */
    readonly onTrouble: (error: MillraceError) => void;
  }) {
    this.input = options.node.id;
    this.#node = options.node;
    this.#source = options.source;
    this.#onTrouble = options.onTrouble;
  }

  take(entry: InputEntry): void {
    if (!isOfTable(this.#node, entry)) return; // it was declared otherwise then
    applyEntry(this.#versions, this.#node, entry);
    this.#isKnown = true;
  }

  async next({ arrivalUs }: NextOptions): Promise<NewEntries> {
    const found = this.#found ?? (await this.#read());
    if (found === null) return { entries: [], position: null };
    const changes = this.#changesTo(found, arrivalUs);
    const isNew = changes.length > 0 || !this.#isKnown;
    return { entries: isNew ? [contentOf(this.#node, changes)] : [], position: null };
  }

  /** It is read beside the events, which would have to wait for a server that is away. */
  async changed(signal: AbortSignal): Promise<void> {
    this.#found = null;
    while (this.#found === null && !signal.aborted) {
      await this.#source.changed(signal);
      if (!signal.aborted) this.#found = await this.#read();
    }
  }

  compact(entries: readonly InputEntry[]): readonly InputEntry[] {
    return compactEntries(this.#versions, this.#node, entries);
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  /** Null: it cannot be read now. */
  async #read(): Promise<Found | null> {
    try {
      const found = await readFoundRows(this.#node, this.#source);
      this.#isRead = true;
      this.#trouble = undefined;
      return found;
    } catch (error) {
      if (!this.#isRead || !(error instanceof MillraceError)) throw error;
      if (this.#trouble !== error.message) this.#onTrouble(error);
      this.#trouble = error.message;
      return null;
    }
  }

  #changesTo({ rows, endings }: Found, arrivalUs: number): TableChange[] {
    if (endings !== null) return this.#datedChanges(rows, endings, arrivalUs);
    return this.#node.validFrom === null ? this.#presentChanges(rows, arrivalUs) : this.#versionChanges(rows);
  }

  /** Versions that are new. A key of which nothing is left ends when that is found. */
  #datedChanges(rows: readonly FoundRow[], endings: NonNullable<Found['endings']>, arrivalUs: number): TableChange[] {
    const found = [
      ...rows.map(row => ({ ...row, isTakenOut: false })),
      ...endings.map(({ key, timeUs }) => ({ key, validFromUs: timeUs, row: null, isTakenOut: false })),
    ];
    const keys = new Set(found.map(({ key }) => tableKey(key)));
    const gone = [...this.#versions.all()].flatMap(versions => {
      const { key, row } = versions.at(-1)!;
      if (row === null || keys.has(tableKey(key))) return [];
      return [{ key, validFromUs: arrivalUs, row: null, isTakenOut: false }];
    });
    const isNew = ({ key, validFromUs, row }: TableChange) => {
      const known = this.#versions.rowAt(tableKey(key), validFromUs);
      if (known?.validFromUs !== validFromUs) return true;
      return row === null ? known.row !== null : known.row === null || !isSameRow(known.row, row);
    };
    return [...found.filter(isNew), ...gone];
  }

  /** Rows of the present against the newest versions. */
  #presentChanges(rows: readonly FoundRow[], arrivalUs: number): TableChange[] {
    const validFromUs = this.#isKnown ? arrivalUs : -Infinity;
    const found = new Set<TableKey>();
    const changes: TableChange[] = [];
    for (const { key, row } of rows) {
      const id = tableKey(key);
      found.add(id);
      const newest = this.#versions.versionsOf(id)?.at(-1);
      if (newest?.row && isSameRow(newest.row, row)) continue;
      changes.push({ key, validFromUs, row, isTakenOut: false });
    }
    for (const versions of this.#versions.all()) {
      const { key, row } = versions.at(-1)!;
      if (row !== null && !found.has(tableKey(key))) changes.push({ key, validFromUs, row: null, isTakenOut: false });
    }
    return changes;
  }

  /** All versions against all. */
  #versionChanges(rows: readonly FoundRow[]): TableChange[] {
    const found = new Map<TableKey, Set<number>>();
    const changes: TableChange[] = [];
    for (const { key, validFromUs, row } of rows) {
      const id = tableKey(key);
      const times = found.get(id);
      if (times === undefined) found.set(id, new Set([validFromUs]));
      else times.add(validFromUs);
      const known = this.#versions.rowAt(id, validFromUs);
      if (known?.validFromUs === validFromUs && known.row && isSameRow(known.row, row)) continue;
      changes.push({ key, validFromUs, row, isTakenOut: false });
    }
    for (const versions of this.#versions.all()) {
      for (const { key, validFromUs } of versions) {
        if (found.get(tableKey(key))?.has(validFromUs) === true) continue;
        changes.push({ key, validFromUs, row: null, isTakenOut: true });
      }
    }
    return changes;
  }
}

function isSameRow(a: readonly Scalar[], b: readonly Scalar[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
