import type { Field } from '../../dsl/plan.ts';
import { type Column, createColumn, readScalar, type Scalar, type SymbolTable } from '../batch.ts';
import type { KeyTable, Snapshot } from '../operator.ts';
import { copyValue, growColumn, restoreColumn, snapshotColumn } from './columns.ts';
import { growInt32 } from './growable.ts';

/**
 * Dense ids for the keys of a frame, in order of appearance. The key's values stand in columns by key id. A key of one
 * symbol is found by an array, which spares 110 bytes a key; others through a map from their text.
 */
export class KeyDictionary implements KeyTable {
  readonly fields: readonly string[];
  readonly columns: Column[];
  readonly #symbols: SymbolTable;
  readonly #isOneSymbol: boolean;
  #idBySymbol = new Int32Array(0);
  #idByText = new Map<string, number>();
  #size = 0;

  constructor(fields: readonly Field[], symbols: SymbolTable) {
    this.fields = fields.map(field => field.name);
    this.columns = fields.map(field => withValidity(createColumn(field.type, 0)));
    this.#symbols = symbols;
    this.#isOneSymbol = fields.length === 1 && fields[0]!.type === 'symbol';
    if (fields.length === 0) this.#size = 1;
  }

  get size(): number {
    return this.#size;
  }

  values(keyId: number): Record<string, Scalar> {
    const values: Record<string, Scalar> = {};
    for (let i = 0; i < this.fields.length; i++) {
      define(values, this.fields[i]!, readScalar(this.columns[i]!, keyId, this.#symbols));
    }
    return values;
  }

  /** Writes the ids of the keys at rows 0 … length-1 of `columns` (those of the key's fields, in order). */
  writeIds(columns: readonly Column[], length: number, ids: Uint32Array): void {
    if (this.#isOneSymbol && columns[0]!.valid === undefined) this.#writeSymbolIds(columns[0]!, length, ids);
    else for (let i = 0; i < length; i++) ids[i] = this.idOf(columns, i);
  }

  /** The key id of each symbol, −1 where it is no key; undefined where keys are not single symbols. */
  idBySymbol(): Int32Array | undefined {
    if (!this.#isOneSymbol) return undefined;
    this.#idBySymbol = growInt32(this.#idBySymbol, this.#symbols.size, -1);
    return this.#idBySymbol;
  }

  /** The id of the key at one row. */
  idOf(columns: readonly Column[], row: number): number {
    if (columns.length === 0) return 0;
    if (this.#isOneSymbol && isThere(columns[0]!, row)) return this.#idOfSymbol(columns, row);
    const text = keyText(columns, row, this.#symbols);
    let id = this.#idByText.get(text);
    if (id === undefined) {
      id = this.#add(columns, row);
      this.#idByText.set(text, id);
    }
    return id;
  }

  snapshot(): Snapshot {
    return { size: this.#size, columns: this.columns.map(column => snapshotColumn(column, this.#size)) };
  }

  restore(snapshot: Snapshot): void {
    const columns = (snapshot['columns'] as Snapshot[]).map(restoreColumn);
    for (let id = 0; this.fields.length > 0 && id < (snapshot['size'] as number); id++) this.idOf(columns, id);
  }

  #writeSymbolIds(column: Column, length: number, ids: Uint32Array): void {
    this.#idBySymbol = growInt32(this.#idBySymbol, this.#symbols.size, -1);
    const symbols = column.values as Uint32Array; // as: symbols are
    let row = 0;
    while ((row = writeKnownIds(this.#idBySymbol, symbols, ids, row, length)) < length)
      ids[row] = this.idOf([column], row++);
  }

  #idOfSymbol(columns: readonly Column[], row: number): number {
    const symbol = columns[0]!.values[row] as number; // as: the column's type
    this.#idBySymbol = growInt32(this.#idBySymbol, symbol + 1, -1);
    let id = this.#idBySymbol[symbol]!;
    if (id < 0) {
      id = this.#add(columns, row);
      this.#idBySymbol[symbol] = id;
    }
    return id;
  }

  #add(columns: readonly Column[], row: number): number {
    const id = this.#size++;
    for (let i = 0; i < columns.length; i++) {
      growColumn(this.columns[i]!, id + 1);
      copyValue(columns[i]!, row, this.columns[i]!, id);
    }
    return id;
  }
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

function withValidity(column: Column): Column {
  column.valid = new Uint8Array(0);
  return column;
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

/** Sets a property whatever its name: a field may be called `__proto__`. */
function define(object: Record<string, Scalar>, name: string, value: Scalar): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}
