import { type Column, readScalar, type Scalar, type SymbolTable } from '../batch.ts';

/** One of several equal shares of all keys, `index` from 0: what one of several processes runs. */
export type KeyShare = { readonly index: number; readonly count: number };

/**
 * Which share keys belong to: FNV-1a, 32 bits, over the UTF-8 of the texts of their fields, modulo the number of shares. So
 * NATS gives it, too: `{{partition(8,1)}}` of a subject mapping, of the tokens that are the key. Part of the format of checkpoints.
 *
 * A symbol is hashed once, then looked up. One thread, one table of symbols.
 */
export class KeyShares {
  readonly share: KeyShare;
  readonly #symbols: SymbolTable;
  #ofSymbol = new Uint8Array(0); // 0: it is not known

  constructor(symbols: SymbolTable, share: KeyShare) {
    this.#symbols = symbols;
    this.share = share;
  }

  /** Whether a key is of this share. `columns` are those of its fields; a stream without key is in share 0. */
  isOwn(columns: readonly Column[], row: number): boolean {
    const { index, count } = this.share;
    const [first] = columns;
    if (columns.length !== 1 || first!.type !== 'symbol' || first!.valid?.[row] === 0) {
      return shareOf(columns, row, { symbols: this.#symbols, count }) === index;
    }
    const id = first!.values[row]!;
    if (id >= this.#ofSymbol.length) this.#reserve();
    if (this.#ofSymbol[id] === UNKNOWN) {
      this.#ofSymbol[id] = textShare(this.#symbols.textOf(id), count) === index ? OWN : OTHER;
    }
    return this.#ofSymbol[id] === OWN;
  }

  /** These symbols may stand for other texts from now on. */
  forget(ids: readonly number[]): void {
    for (const id of ids) if (id < this.#ofSymbol.length) this.#ofSymbol[id] = UNKNOWN;
  }

  #reserve(): void {
    const ofSymbol = new Uint8Array(Math.max(this.#symbols.size, this.#ofSymbol.length * 2, 64));
    ofSymbol.set(this.#ofSymbol);
    this.#ofSymbol = ofSymbol;
  }
}

/** Of the key at one row. */
export function shareOf(
  columns: readonly Column[],
  row: number,
  { symbols, count }: { readonly symbols: SymbolTable; readonly count: number },
): number {
  return shareOfKey(
    columns.map(column => readScalar(column, row, symbols)),
    count,
  );
}

/** The same of its values. */
export function shareOfKey(key: readonly Scalar[], count: number): number {
  return key.length === 0 ? 0 : textShare(key.map(value => value ?? '').join(''), count);
}

function textShare(text: string, count: number): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % count;
}

const utf8 = new TextEncoder();
const UNKNOWN = 0;
const OWN = 1;
const OTHER = 2;
