import { NO_SYMBOL, type SymbolTable } from '../batch.ts';

/**
 * Bytes of a text → its id in the symbol table, without a string for each occurrence. A cache with a bound: when it is
 * full, or a text is long or badly spread, the symbol table itself answers.
 */
export class SymbolBytes {
  readonly #symbols: SymbolTable;
  #slots = new Int32Array(INITIAL_SLOTS); // entry + 1; 0 is free
  #entries = 0;
  #hashes = new Int32Array(INITIAL_SLOTS / 2);
  #offsets = new Int32Array(INITIAL_SLOTS / 2); // entry → its bytes in the arena; the next entry's offset ends them
  #lengths = new Int32Array(INITIAL_SLOTS / 2);
  #ids = new Uint32Array(INITIAL_SLOTS / 2);
  #arena = new Uint8Array(INITIAL_SLOTS * 8);
  #arenaBytes = 0;

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** The bytes must be UTF-8. NO_SYMBOL: the text is new, and the table has no room for it. */
  idOf(bytes: Buffer, from: number, to: number): number {
    const length = to - from;
    if (length > MAX_TEXT_BYTES) return this.#symbols.admit(bytes.toString('utf8', from, to));
    let hash = length;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask;
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return this.#add(slot, hash, bytes, from, to);
      if (this.#hashes[entry] === hash && this.#lengths[entry] === length && this.#isSame(entry, bytes, from, to)) {
        return this.#ids[entry]!;
      }
    }
    return this.#symbols.admit(bytes.toString('utf8', from, to));
  }

  /** Ids may have been freed: everything is asked anew. */
  clear(): void {
    this.#slots.fill(0);
    this.#entries = 0;
    this.#arenaBytes = 0;
  }

  #isSame(entry: number, bytes: Buffer, from: number, to: number): boolean {
    const arena = this.#arena;
    let other = this.#offsets[entry]!;
    for (let at = from; at < to; at++, other++) if (bytes[at] !== arena[other]) return false;
    return true;
  }

  #add(slot: number, hash: number, bytes: Buffer, from: number, to: number): number {
    const id = this.#symbols.admit(bytes.toString('utf8', from, to));
    if (id === NO_SYMBOL || this.#arenaBytes > MAX_ARENA_BYTES || this.#entries === MAX_ENTRIES) return id;
    if (this.#entries === this.#ids.length) {
      this.#grow();
      slot = this.#freeSlot(hash);
    }
    const entry = this.#entries++;
    const length = to - from;
    if (this.#arenaBytes + length > this.#arena.length) {
      const arena = new Uint8Array(Math.max(this.#arena.length * 2, this.#arenaBytes + length));
      arena.set(this.#arena);
      this.#arena = arena;
    }
    this.#arena.set(bytes.subarray(from, to), this.#arenaBytes);
    this.#hashes[entry] = hash;
    this.#offsets[entry] = this.#arenaBytes;
    this.#lengths[entry] = length;
    this.#ids[entry] = id;
    this.#arenaBytes += length;
    this.#slots[slot] = entry + 1;
    return id;
  }

  #grow(): void {
    const size = this.#ids.length * 2;
    this.#hashes = grown(this.#hashes, new Int32Array(size));
    this.#offsets = grown(this.#offsets, new Int32Array(size));
    this.#lengths = grown(this.#lengths, new Int32Array(size));
    this.#ids = grown(this.#ids, new Uint32Array(size));
    this.#slots = new Int32Array(size * 2);
    for (let entry = 0; entry < this.#entries; entry++) {
      this.#slots[this.#freeSlot(this.#hashes[entry]!)] = entry + 1;
    }
  }

  /** Half of the slots are free, so there is one; beyond MAX_PROBES it is only never found again. */
  #freeSlot(hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }
}

function grown<T extends Int32Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

const INITIAL_SLOTS = 1024;
const MAX_ENTRIES = 1 << 20;
const MAX_ARENA_BYTES = 1 << 25;
const MAX_TEXT_BYTES = 128;
const MAX_PROBES = 32;
