import type { Column, SymbolTable } from '../batch.ts';
import { PARTITION_COUNT, partitionOfKey } from './key-partition.ts';

/** What a stream may have, unless a setting says otherwise. */
export const DEFAULT_MAX_KEYS = 2_000_000;

/**
 * How many keys a stream may have at one time. Each partition has a sixteenth of the places, so that it does not depend
 * on the number of workers which keys are refused; as keys do not fall evenly, the first may be a little below the limit.
 */
export class KeyLimit {
  readonly maxKeys: number;
  readonly #symbols: SymbolTable;
  readonly #places: number; // of a partition
  readonly #taken = new Uint32Array(PARTITION_COUNT);

  constructor(maxKeys: number, symbols: SymbolTable) {
    this.maxKeys = maxKeys;
    this.#symbols = symbols;
    this.#places = Math.ceil(maxKeys / PARTITION_COUNT);
  }

  /** Whether the key at one row, which is new, may be added. */
  hasRoom(columns: readonly Column[], row: number): boolean {
    return this.#taken[partitionOfKey(columns, row, this.#symbols)]! < this.#places;
  }

  /** The key at one row is known from now on, even where there is no room: it may be of a state with a higher limit. */
  add(columns: readonly Column[], row: number): void {
    this.#taken[partitionOfKey(columns, row, this.#symbols)]!++;
  }

  remove(columns: readonly Column[], row: number): void {
    this.#taken[partitionOfKey(columns, row, this.#symbols)]!--;
  }
}
