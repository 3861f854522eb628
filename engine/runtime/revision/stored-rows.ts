import { type Column, createColumn, type SymbolTable } from '../../batch.ts';
import type { RowPart } from '../../connector.ts';
import { copyValue } from '../../state/columns.ts';
import type { RowColumns, RowShape } from '../row-batch.ts';
import { keyTextAt } from './row-key.ts';

/** A row of a derived series: where its values are, and which of those with its time and key it is. */
type Place = {
  readonly part: RowPart;
  readonly row: number;
  readonly timeUs: number;
  readonly revision: number;
  readonly isVoid: boolean;
};

/** A row that has to be written. */
export type ChangedRow = Place & { readonly keyText: string };

/** From when on rows of keys may have changed, by the key's text. */
export type RevisedFrom = ReadonlyMap<string, number>;

/** Rows of some keys of a derived series, as its store has them: of one time and key the one that came last. */
export class StoredRows {
  readonly #keys: ReadonlySet<string>;
  readonly #symbols: SymbolTable;
  readonly #read = new Map<string, Place>(); // by key and time
  readonly #passed = new Map<string, Place>();

  /** Their texts. */
  constructor(keys: ReadonlySet<string>, symbols: SymbolTable) {
    this.#keys = keys;
    this.#symbols = symbols;
  }

  /** Read of the store. */
  add(part: RowPart): void {
    this.#forEach(part, ({ identity, place }) => this.#read.set(identity, place));
  }

  /** On their way there: what is read beside that may be older. */
  pass(part: RowPart): void {
    this.#forEach(part, ({ identity, place }) => this.#passed.set(identity, place));
  }

  /**
   * What has to be written for the series to have exactly these rows from then on: those that differ, and voids of those that
   * are no more.
   */
  changesTo(parts: readonly RowPart[], from: RevisedFrom): readonly ChangedRow[] {
    const now = new Map<string, ChangedRow>();
    for (const part of parts) {
      this.#forEach(part, ({ identity, key, place }) => {
        if (isFrom(from, key, place)) now.set(identity, { ...place, keyText: key });
      });
    }
    const changes: ChangedRow[] = [];
    for (const [identity, place] of now) {
      const before = this.#passed.get(identity) ?? this.#read.get(identity);
      if (before !== undefined && !before.isVoid && areSame(before, place)) continue;
      const revision = before === undefined ? place.revision : Math.max(place.revision, before.revision + 1);
      changes.push({ ...place, revision });
    }
    for (const part of [this.#read, this.#passed]) {
      for (const [identity, place] of part) {
        const isOlder = part === this.#read && this.#passed.has(identity);
        if (isOlder || place.isVoid || now.has(identity)) continue;
        const keyText = keyTextAt(place.part.key, place.row, this.#symbols);
        if (isFrom(from, keyText, place))
          changes.push({ ...place, keyText, revision: place.revision + 1, isVoid: true });
      }
    }
    return changes;
  }

  #forEach(part: RowPart, use: (row: { identity: string; key: string; place: Place }) => void): void {
    const [revision, isVoid] = part.own ?? [];
    for (let row = 0; row < part.length; row++) {
      const key = keyTextAt(part.key, row, this.#symbols);
      if (!this.#keys.has(key)) continue;
      const place = {
        part,
        row,
        timeUs: part.timeUs[row]!,
        revision: Number(revision?.values[row] ?? 0),
        isVoid: isVoid?.values[row] === 1,
      };
      use({ identity: `${key} ${place.timeUs}`, key, place });
    }
  }
}

function isFrom(from: RevisedFrom, key: string, { timeUs }: Place): boolean {
  const fromUs = from.get(key);
  return fromUs !== undefined && timeUs >= fromUs;
}

/** The rows as they are written. */
export function rowColumnsOf(stream: string, { key, fields }: RowShape, places: readonly Place[]): RowColumns {
  const { length } = places;
  const gathered = (type: Column['type'], of: (part: RowPart) => Column) => {
    const column = createColumn(type, length);
    column.valid = new Uint8Array(length);
    places.forEach(({ part, row }, i) => copyValue(of(part), row, column, i));
    return column;
  };
  return {
    stream,
    length,
    timeUs: Float64Array.from(places, ({ part, row }) => part.timeUs[row]!),
    key: key.map(({ type }, c) => gathered(type, part => part.key[c]!)),
    columns: fields.map(({ type }, c) => gathered(type, part => part.columns[c]!)),
    own: [
      { type: 'int', values: Float64Array.from(places, ({ revision }) => revision), valid: undefined },
      { type: 'bool', values: Uint8Array.from(places, ({ isVoid }) => (isVoid ? 1 : 0)), valid: undefined },
    ],
  };
}

function areSame(a: Place, b: Place): boolean {
  return a.part.columns.every((column, c) => isSameValue(column, a.row, b.part.columns[c]!, b.row));
}

/** What is not finite is null to a store. */
function isSameValue(a: Column, rowA: number, b: Column, rowB: number): boolean {
  const isThere = hasValue(a, rowA);
  return isThere === hasValue(b, rowB) && (!isThere || a.values[rowA] === b.values[rowB]);
}

function hasValue({ valid, values }: Column, row: number): boolean {
  if (valid !== undefined && valid[row] === 0) return false;
  const value = values[row];
  return typeof value !== 'number' || Number.isFinite(value);
}
