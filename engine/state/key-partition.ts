import type { Column, SymbolTable } from '../batch.ts';

/**
 * A stream has this many partitions, however many workers there are: a key's partition follows from its values alone, so
 * any worker finds the keys that are its own in what another one has stored. Part of the format of checkpoints.
 */
export const PARTITION_COUNT = 16;

/**
 * Which partition keys belong to: a hash of their fields' values, FNV-1a over the text and murmur3's finish. A symbol
 * is hashed once, then looked up. One thread, one table of symbols.
 */
export class KeyPartitions {
  readonly #symbols: SymbolTable;
  #hashBySymbol = new Int32Array(0);
  #isHashed = new Uint8Array(0);

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Of the keys at rows 0 … length-1 of `columns`, those of the key's fields; a stream without key is in partition 0. */
  write(columns: readonly Column[], length: number, partitions: Uint8Array): void {
    if (columns.length === 0) {
      partitions.fill(0, 0, length);
      return;
    }
    this.#reserve();
    const first = columns[0]!;
    let row = 0;
    if (columns.length === 1 && first.type === 'symbol' && first.valid === undefined) {
      row = writeKnown(first.values, { hashes: this.#hashBySymbol, isHashed: this.#isHashed }, partitions, length);
    }
    for (; row < length; row++) partitions[row] = this.partitionOf(columns, row);
  }

  /** These symbols may stand for other texts from now on. */
  forget(ids: readonly number[]): void {
    for (const id of ids) if (id < this.#isHashed.length) this.#isHashed[id] = 0;
  }

  /** Of the key at one row. */
  partitionOf(columns: readonly Column[], row: number): number {
    return partitionOf(columns, row, this.#symbolHash);
  }

  readonly #symbolHash = (id: number): number => {
    if (id >= this.#isHashed.length) this.#reserve();
    if (this.#isHashed[id] === 0) {
      this.#hashBySymbol[id] = textHash(this.#symbols.textOf(id));
      this.#isHashed[id] = 1;
    }
    return this.#hashBySymbol[id]!;
  };

  #reserve(): void {
    const { size } = this.#symbols;
    if (size <= this.#isHashed.length) return;
    const length = Math.max(size, this.#isHashed.length * 2, 64);
    const hashes = new Int32Array(length);
    const isHashed = new Uint8Array(length);
    hashes.set(this.#hashBySymbol);
    isHashed.set(this.#isHashed);
    this.#hashBySymbol = hashes;
    this.#isHashed = isHashed;
  }
}

/** Of the key at one row, where keys are asked for too seldom to remember the hashes of their symbols. */
export function partitionOfKey(columns: readonly Column[], row: number, symbols: SymbolTable): number {
  return partitionOf(columns, row, id => textHash(symbols.textOf(id)));
}

function partitionOf(columns: readonly Column[], row: number, symbolHash: (id: number) => number): number {
  let hash = 0;
  for (const column of columns) hash = finish(Math.imul(hash, 31) ^ hashOf(column, row, symbolHash));
  return hash & (PARTITION_COUNT - 1);
}

function hashOf(column: Column, row: number, symbolHash: (id: number) => number): number {
  if (column.valid !== undefined && column.valid[row] === 0) return NULL_HASH;
  switch (column.type) {
    case 'symbol':
      return symbolHash(column.values[row]!);
    case 'string':
      return textHash(column.values[row]!);
    default:
      return numberHash(column.values[row]!);
  }
}

type KnownHashes = { readonly hashes: Int32Array; readonly isHashed: Uint8Array };

/**
 * Up to the first symbol that is not hashed yet; returns its row. A loop with no call that is not inlined. benchmark:
 * workers
 */
function writeKnown(
  symbols: Uint32Array,
  { hashes, isHashed }: KnownHashes,
  partitions: Uint8Array,
  length: number,
): number {
  let row = 0;
  for (; row < length; row++) {
    const id = symbols[row]!;
    if (isHashed[id] === 0) break;
    partitions[row] = finish(hashes[id]!) & (PARTITION_COUNT - 1);
  }
  return row;
}

const NULL_HASH = 0x5bd1e995;

function textHash(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** 0 and −0 are one key. */
function numberHash(value: number): number {
  double[0] = value + 0;
  return Math.imul(words[0]!, 0x85ebca6b) ^ words[1]!;
}

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

function finish(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
