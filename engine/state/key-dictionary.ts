import type { Field } from '../../dsl/plan.ts';
import { type Column, createColumn, readScalar, type Scalar, type SymbolTable } from '../batch.ts';
import type { KeyTable, Snapshot } from '../operator.ts';
import { ChangedKeys } from './changed-keys.ts';
import { admitNulls, asSnapshot, columnBytes, copyValue, gatherColumn, growColumn, restoreColumn } from './columns.ts';
import { gatherUint32 } from './gather.ts';
import { growInt32, growUint8, growUint32 } from './growable.ts';
import type { KeyLimit } from './key-limit.ts';
import { setOwn } from './set-own.ts';

/** In the place of an id: the key is refused, since there is no room for it. */
export const NO_KEY = 0xffff_ffff;

/**
 * Dense ids for the keys of a frame, in order of appearance; the id of a forgotten key is given out again. The key's
 * values stand in columns by key id. A key of one symbol is found by an array, which spares 110 bytes a key; others
 * through a map from their text.
 */
export class KeyDictionary implements KeyTable {
  readonly fields: readonly string[];
  readonly columns: Column[];
  /** By key id: 1 where it is a key's; 0: it was forgotten. */
  isKnown: Uint8Array = new Uint8Array(0);
  /** By key id: the how manieth key it was to appear. Unlike ids, the same after a restore. */
  ordinals: Uint32Array = new Uint32Array(0);
  readonly changed = new ChangedKeys();
  readonly #symbols: SymbolTable;
  readonly #isOneSymbol: boolean;
  readonly #limit: KeyLimit | undefined;
  #idBySymbol = new Int32Array(0);
  readonly #idByText = new Map<string, number>();
  #textBytes = 0; // of the map's keys, with its entries
  readonly #free: number[] = []; // bound: the keys that were known at one time
  #forgotten: KeyDictionary | undefined; // bound: the keys that expire between two checkpoints
  #size = 0;
  #nextOrdinal = 0;

  /** `limit` is for keys from outside: see `writeIds`. */
  constructor(fields: readonly Field[], symbols: SymbolTable, limit?: KeyLimit) {
    this.fields = fields.map(field => field.name);
    this.columns = fields.map(field => createColumn(field.type, 0));
    this.#symbols = symbols;
    this.#limit = limit;
    this.#isOneSymbol = fields.length === 1 && fields[0]!.type === 'symbol';
    if (fields.length === 0) this.#addTheOne();
  }

  /** The highest id so far, plus 1. */
  get size(): number {
    return this.#size;
  }

  /** Keys that are known now. */
  get count(): number {
    return this.#size - this.#free.length;
  }

  get stateBytes(): number {
    let bytes = this.#idBySymbol.byteLength + this.isKnown.byteLength + this.ordinals.byteLength + this.#textBytes;
    for (const column of this.columns) bytes += columnBytes(column);
    return bytes;
  }

  values(keyId: number): Record<string, Scalar> {
    const values: Record<string, Scalar> = {};
    for (let i = 0; i < this.fields.length; i++) {
      setOwn(values, this.fields[i]!, readScalar(this.columns[i]!, keyId, this.#symbols));
    }
    return values;
  }

  /**
   * Writes the ids of the keys at rows 0 … length-1 of `columns` (those of the key's fields, in order); NO_KEY for one
   * that would be too many. Returns whether there is any of these.
   */
  writeIds(columns: readonly Column[], length: number, ids: Uint32Array): boolean {
    if (this.#isOneSymbol && columns[0]!.valid === undefined) return this.#writeSymbolIds(columns[0]!, length, ids);
    let hasRefused = false;
    for (let row = 0; row < length; row++) {
      ids[row] = this.#admit(columns, row);
      if (ids[row] === NO_KEY) hasRefused = true;
    }
    return hasRefused;
  }

  /** The key id of each symbol, −1 where it is no key; undefined where keys are not single symbols. */
  idBySymbol(): Int32Array | undefined {
    if (!this.#isOneSymbol) return undefined;
    this.#idBySymbol = growInt32(this.#idBySymbol, this.#symbols.size, -1);
    return this.#idBySymbol;
  }

  /** The id of the key at one row; it is a key from now on. */
  idOf(columns: readonly Column[], row: number): number {
    const known = this.find(columns, row);
    return known >= 0 ? known : this.#add(columns, row);
  }

  /** The id of the key at one row, −1 where it is none. */
  find(columns: readonly Column[], row: number): number {
    if (columns.length === 0) return 0;
    if (!this.#isOneSymbol || !isThere(columns[0]!, row)) {
      return this.#idByText.get(keyText(columns, row, this.#symbols)) ?? -1;
    }
    const symbol = columns[0]!.values[row] as number; // as: the column's type
    return symbol < this.#idBySymbol.length ? this.#idBySymbol[symbol]! : -1;
  }

  /** The id of the key with these values, in the order of its fields; −1 where it is none. Symbols know its texts. */
  findValues(values: readonly Scalar[]): number {
    if (values.length !== this.columns.length) return -1;
    const columns = this.columns.flatMap(({ type }, i) => this.#columnOf(type, values[i] ?? null) ?? []);
    return columns.length < this.columns.length ? -1 : this.find(columns, 0);
  }

  /** Null: no value of the type is meant. */
  #columnOf(type: Column['type'], value: Scalar): Column | null {
    const column = createColumn(type, 1);
    if (value === null) column.valid = new Uint8Array(1);
    else if (type === 'symbol') column.values[0] = this.#symbols.idOf(String(value));
    else if (type === 'string') column.values[0] = String(value);
    else if (!MEANT[type === 'bool' ? 'bool' : 'number'].test(String(value))) return null;
    else column.values[0] = type === 'bool' ? Number(String(value) === 'true') : Number(value);
    return column;
  }

  /** The key is as if never seen, and its id free. A stream without key keeps its one. */
  forget(keyId: number): void {
    if (this.fields.length === 0) return;
    if (this.changed.isTracked) {
      this.#forgotten ??= this.emptyLike();
      this.#forgotten.idOf(this.columns, keyId);
    }
    if (this.#isOneSymbol && isThere(this.columns[0]!, keyId)) {
      this.#idBySymbol[this.columns[0]!.values[keyId] as number] = -1; // as: the column's type
    } else {
      const text = keyText(this.columns, keyId, this.#symbols);
      this.#idByText.delete(text);
      this.#textBytes -= entryBytes(text);
    }
    this.#limit?.remove(this.columns, keyId);
    this.isKnown[keyId] = 0;
    this.#free.push(keyId);
  }

  /** Keys with the same fields, and none of them known. */
  emptyLike(): KeyDictionary {
    const fields = this.fields.map((name, i) => ({ name, type: this.columns[i]!.type }));
    return new KeyDictionary(fields, this.#symbols);
  }

  /** From now on it is known which keys change and which are forgotten; what happened before does not count. */
  trackChanges(): void {
    this.changed.track(this.#size);
    this.#forgotten = undefined;
  }

  /** The keys that changed since the last call. */
  takeChanged(): Uint32Array {
    return this.changed.take(this.#size, this.isKnown);
  }

  /** The values of keys that were forgotten since the last call, though they may have come again; null: of none. */
  takeForgotten(): Snapshot | null {
    const forgotten = this.#forgotten;
    this.#forgotten = undefined;
    return forgotten === undefined ? null : forgotten.snapshot(forgotten.inOrder());
  }

  /** All keys, in the order in which they appeared. */
  inOrder(): Uint32Array {
    const ids = new Uint32Array(this.count);
    let count = 0;
    for (let id = 0; id < this.#size; id++) if (this.isKnown[id] === 1) ids[count++] = id;
    return ids.sort((a, b) => this.ordinals[a]! - this.ordinals[b]!);
  }

  /** The values of these keys, as columns of their own. */
  snapshot(keyIds: Uint32Array): Snapshot {
    return {
      length: keyIds.length,
      ordinals: gatherUint32(this.ordinals, keyIds),
      nextOrdinal: this.#nextOrdinal,
      columns: this.columns.map(column => asSnapshot(gatherColumn(column, keyIds, keyIds.length))),
    };
  }

  /** Adds the keys of a snapshot for which `isWanted` says so; returns each row's id, −1 where it is not wanted. */
  restore(snapshot: Snapshot, isWanted: (columns: readonly Column[], row: number) => boolean = () => true): Int32Array {
    const columns = (snapshot['columns'] as Snapshot[]).map(restoreColumn);
    const ordinals = snapshot['ordinals'] as Uint32Array;
    const ids = new Int32Array(snapshot['length'] as number);
    for (let row = 0; row < ids.length; row++) {
      const id = isWanted(columns, row) ? this.idOf(columns, row) : -1;
      if (id >= 0) this.ordinals[id] = ordinals[row]!;
      ids[row] = id;
    }
    this.#nextOrdinal = Math.max(this.#nextOrdinal, snapshot['nextOrdinal'] as number);
    return ids;
  }

  /** Of a snapshot, each row's id, −1 where it is no key here, or not wanted. */
  findAll(snapshot: Snapshot, isWanted: (columns: readonly Column[], row: number) => boolean): Int32Array {
    const columns = (snapshot['columns'] as Snapshot[]).map(restoreColumn);
    return Int32Array.from({ length: snapshot['length'] as number }, (_, row) =>
      isWanted(columns, row) ? this.find(columns, row) : -1,
    );
  }

  #writeSymbolIds(column: Column, length: number, ids: Uint32Array): boolean {
    this.#idBySymbol = growInt32(this.#idBySymbol, this.#symbols.size, -1);
    const symbols = column.values as Uint32Array; // as: symbols are
    const columns = [column];
    let hasRefused = false;
    let row = 0;
    while ((row = writeKnownIds(this.#idBySymbol, symbols, ids, row, length)) < length) {
      ids[row] = this.#admit(columns, row);
      if (ids[row++] === NO_KEY) hasRefused = true;
    }
    return hasRefused;
  }

  /** As `idOf`, as far as there is room. */
  #admit(columns: readonly Column[], row: number): number {
    const known = this.find(columns, row);
    if (known >= 0) return known;
    return this.#limit === undefined || this.#limit.hasRoom(columns, row) ? this.#add(columns, row) : NO_KEY;
  }

  #add(columns: readonly Column[], row: number): number {
    const id = this.#free.pop() ?? this.#size++;
    for (let i = 0; i < columns.length; i++) {
      const column = this.columns[i]!;
      growColumn(column, id + 1);
      if (!isThere(columns[i]!, row)) admitNulls(column);
      copyValue(columns[i]!, row, column, id);
    }
    this.#markKnown(id);
    this.#limit?.add(columns, row);
    if (this.#isOneSymbol && isThere(columns[0]!, row)) {
      const symbol = columns[0]!.values[row] as number; // as: the column's type
      this.#idBySymbol = growInt32(this.#idBySymbol, symbol + 1, -1);
      this.#idBySymbol[symbol] = id;
    } else {
      const text = keyText(columns, row, this.#symbols);
      this.#idByText.set(text, id);
      this.#textBytes += entryBytes(text);
    }
    return id;
  }

  #addTheOne(): void {
    this.#size = 1;
    this.#markKnown(0);
  }

  #markKnown(id: number): void {
    this.isKnown = growUint8(this.isKnown, id + 1);
    this.isKnown[id] = 1;
    this.ordinals = growUint32(this.ordinals, this.isKnown.length);
    this.ordinals[id] = this.#nextOrdinal++;
    this.changed.reserve(this.isKnown.length);
  }
}

/** A map's entry, and a text of one byte a character. */
function entryBytes(text: string): number {
  return 64 + text.length;
}

/**
 * From `row` on, up to the first symbol that is no key yet; returns its row. A loop with no call in it, so that V8 reads
 * addresses and lengths of the arrays once (3.8 ns a row else, 0.9 so). benchmark: throughput/filter
 */
function writeKnownIds(known: Int32Array, symbols: Uint32Array, ids: Uint32Array, row: number, length: number): number {
  for (; row < length; row++) {
    const id = known[symbols[row]!]!;
    if (id < 0) break;
    ids[row] = id;
  }
  return row;
}

function isThere(column: Column, row: number): boolean {
  return column.valid === undefined || column.valid[row] === 1;
}

/** JSON keeps the parts of a key apart: ("a", "b,c") is not ("a,b", "c"), and 1 is not "1". */
function keyText(columns: readonly Column[], row: number, symbols: SymbolTable): string {
  if (columns.length === 1) {
    const value = readScalar(columns[0]!, row, symbols);
    return typeof value === 'string' ? `"${value}` : String(value);
  }
  return JSON.stringify(columns.map(column => readScalar(column, row, symbols)));
}

/** As people write it: `true`, `-3`. */
const MEANT = { bool: /^(?:true|false)$/, number: /^[+-]?\d+(?:\.\d+)?$/ } as const;
