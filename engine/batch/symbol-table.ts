import { assert } from '../errors.ts';
import { hashBytes, finishedHash, type PackedTexts, TextStore } from './text-store.ts';

export type { PackedTexts } from './text-store.ts';

export const NO_SYMBOL = -1;

export type SymbolLimits = { readonly maxTexts?: number; readonly maxTextBytes?: number };

/**
 * Dense ids for repeated text; one table serves all symbol columns of a job, so equal text has equal ids. What comes from
 * outside is let in by `admit`, which has a bound; beyond it the event is refused. Ids that nothing refers to any more are
 * given out again after `free`.
 *
 * It holds bytes and no strings: a hash table of ids with linear probing, over the bytes of the texts. Texts that find no
 * slot close to their own, which takes somebody who chose them, go into a Map, whose hash nobody outside can know.
 */
export class SymbolTable {
  protected readonly stored = new TextStore();
  readonly #maxTexts: number;
  readonly #maxTextBytes: number;
  #slots = new Int32Array(INITIAL_SLOTS); // id + 1, and 8 bits of the hash above it; 0: nothing
  readonly #crowdedOut = new Map<string, number>();
  #textBytes = 0; // of what `admit` let in
  // Texts that came a short while ago, by a few of their characters, so that most need no hash. benchmark: throughput, messages
  readonly #recentTexts = new Array<string | null>(RECENT).fill(null);
  readonly #recentIds = new Int32Array(RECENT);
  readonly #free: number[] = []; // bound: the texts that there were at one time
  #assigned: number[] | undefined; // ids given out since they were asked for

  constructor({ maxTexts = 4_000_000, maxTextBytes = 512 * 1024 * 1024 }: SymbolLimits = {}) {
    this.#maxTexts = Math.min(maxTexts, MOST_TEXTS);
    this.#maxTextBytes = maxTextBytes;
  }

  /** The highest id so far, plus 1. */
  get size(): number {
    return this.stored.size;
  }

  /** Texts that have an id now. */
  get count(): number {
    return this.stored.size - this.#free.length;
  }

  /** For texts of our own: a rule's literals, what an expression makes, a checkpoint's. */
  idOf(text: string): number {
    const length = encode(text);
    const id = this.#find(length, encoded, 0);
    return id === NO_SYMBOL ? this.#add(length, encoded, 0) : id;
  }

  /** For texts from outside: NO_SYMBOL where the text is new and there is no room for it. */
  admit(text: string): number {
    const place = recentPlace(text);
    if (this.#recentTexts[place] === text) return this.#recentIds[place]!;
    const length = encode(text);
    const found = this.#find(length, encoded, 0);
    const id = found === NO_SYMBOL ? this.#admitNew(length, encoded, 0) : found;
    if (id !== NO_SYMBOL && text.length <= MAX_RECENT_CHARACTERS) {
      this.#recentTexts[place] = text;
      this.#recentIds[place] = id;
    }
    return id;
  }

  /** The same for UTF-8, without a string for each occurrence. benchmark: throughput, csv; recovery */
  admitBytes(bytes: Buffer, from: number, to: number): number {
    return this.#admitBytes(bytes, from, to, hashBytes(bytes, from, (to - from) * 2));
  }

  /** The same where the loop of hashBytes has been gone through already, and has given `hash`. */
  admitHashed(bytes: Buffer, from: number, to: number, hash: number): number {
    return this.#admitBytes(bytes, from, to, finishedHash(hash, (to - from) * 2));
  }

  #admitBytes(bytes: Buffer, from: number, to: number, hash: number): number {
    const id = this.#findHashed(hash, (to - from) * 2, bytes, from);
    // A new one is stored as the text that it is read as: what is no UTF-8 becomes so, and equal texts have one id.
    return id === NO_SYMBOL ? this.admit(bytes.toString('utf8', from, to)) : id;
  }

  /** Empty where the id is free, or there is none. */
  textOf(id: number): string {
    return this.stored.textOf(id);
  }

  /** Where all texts are: one at `startOf(id)`, of `lengthOf(id)` as in PackedTexts. Until a text is added or freed. */
  get bytes(): Uint8Array {
    return this.stored.bytes;
  }

  startOf(id: number): number {
    return this.stored.startOf(id);
  }

  lengthOf(id: number): number {
    return this.stored.lengthOf(id);
  }

  /** Nothing refers to these any more. */
  free(ids: readonly number[]): void {
    this.#recentTexts.fill(null);
    for (const id of ids) {
      this.#forget(id);
      this.#textBytes = Math.max(0, this.#textBytes - (this.stored.lengthOf(id) >>> 1));
      this.stored.remove(id);
      this.#free.push(id);
    }
  }

  /** Whether this id has a text, which may be empty. */
  has(id: number): boolean {
    return this.stored.has(id);
  }

  /** Those that have a text, in ascending order. */
  ids(): Uint32Array {
    return this.stored.ids();
  }

  /** The ids that were given out since the last call; none before the first one. Some may be free again. */
  takeAssigned(): number[] {
    const assigned = this.#assigned ?? [];
    this.#assigned = [];
    return assigned;
  }

  /** Copies of the texts of ids that have one. */
  pack(ids: ArrayLike<number>): PackedTexts {
    return this.stored.pack(ids);
  }

  /** With the same ids, oldest part first; what is in none is free. */
  static restore(parts: readonly PackedTexts[]): SymbolTable {
    const table = new SymbolTable();
    const highest = parts.reduce((max, { ids }) => ids.reduce((most, id) => Math.max(most, id), max), -1);
    table.#slots = new Int32Array(slotsFor(highest + 1));
    for (const part of parts) table.#takeOver(part);
    for (let id = 0; id < table.stored.size; id++) {
      if (table.stored.has(id)) table.#textBytes += table.stored.lengthOf(id) >>> 1;
      else table.#free.push(id);
    }
    return table;
  }

  /** No part says what was freed: it shows in ids that have another text now, and in texts that have another id. */
  #takeOver(part: PackedTexts): void {
    const { stored } = this;
    const isFirst = stored.size === 0;
    for (const id of part.ids) if (stored.has(id)) this.#forget(id);
    stored.unpack(part);
    for (const id of part.ids) {
      const freed = isFirst ? NO_SYMBOL : this.#find(stored.lengthOf(id), stored.bytes, stored.startOf(id));
      if (freed !== NO_SYMBOL) {
        this.#forget(freed);
        stored.remove(freed);
      }
      this.#insert(id);
    }
  }

  #find(length: number, bytes: Uint8Array, from: number): number {
    return this.#findHashed(hashBytes(bytes, from, length), length, bytes, from);
  }

  #findHashed(hash: number, length: number, bytes: Uint8Array, from: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const tag = hash & TAG_BITS;
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const taken = slots[slot]!;
      if (taken === 0) break;
      const id = (taken & ID_BITS) - 1;
      if ((taken & TAG_BITS) === tag && this.stored.is(id, length, bytes, from)) return id;
      slot = (slot + 1) & mask;
    }
    return this.#crowdedOut.size === 0 ? NO_SYMBOL : (this.#crowdedOut.get(decoded(length, bytes, from)) ?? NO_SYMBOL);
  }

  #admitNew(length: number, bytes: Uint8Array, from: number): number {
    const sizeBytes = length >>> 1;
    if (this.count >= this.#maxTexts || this.#textBytes + sizeBytes > this.#maxTextBytes) return NO_SYMBOL;
    this.#textBytes += sizeBytes;
    return this.#add(length, bytes, from);
  }

  #add(length: number, bytes: Uint8Array, from: number): number {
    const id = this.#free.pop() ?? this.stored.size;
    assert(id < MOST_TEXTS, 'there is room for what a rule makes');
    this.stored.put(id, length, bytes, from);
    if (slotsFor(this.stored.size) > this.#slots.length) this.#grow();
    else this.#insert(id);
    this.#assigned?.push(id);
    return id;
  }

  #grow(): void {
    this.#slots = new Int32Array(slotsFor(this.stored.size));
    this.#crowdedOut.clear();
    for (const id of this.stored.ids()) this.#insert(id);
  }

  #insert(id: number): void {
    const mask = this.#slots.length - 1;
    const hash = this.stored.hashOf(id);
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      if (this.#slots[slot] === 0) {
        this.#slots[slot] = (id + 1) | (hash & TAG_BITS);
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.#crowdedOut.set(this.stored.textOf(id), id);
  }

  /** Takes an id out of its slot, and moves those up that stand behind it only because it was there. */
  #forget(id: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.stored.hashOf(id) & mask;
    for (let probe = 0; (slots[hole]! & ID_BITS) !== id + 1; probe++) {
      if (probe === MAX_PROBES || slots[hole] === 0) {
        this.#crowdedOut.delete(this.stored.textOf(id));
        return;
      }
      hole = (hole + 1) & mask;
    }
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.stored.hashOf((slots[slot]! & ID_BITS) - 1) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot]!;
      hole = slot;
    }
    slots[hole] = 0;
  }
}

function recentPlace(text: string): number {
  const { length } = text;
  if (length === 0) return 0;
  const last = text.charCodeAt(length - 1) + (text.charCodeAt(length >> 1) << 7);
  const before = length < 4 ? 0 : text.charCodeAt(length - 2) * 17 + text.charCodeAt(length - 3) * 289;
  return (last * 5 + before + length * 61) & (RECENT - 1);
}

/** Writes the text into `encoded`; returns its length as in PackedTexts. */
function encode(text: string): number {
  if (encoded.length < text.length * 3) encoded = Buffer.alloc(text.length * 3);
  const bytes = encoded;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127) return encodeAny(text);
    bytes[i] = unit;
  }
  return text.length * 2;
}

function encodeAny(text: string): number {
  return text.isWellFormed() ? encoded.write(text, 'utf8') * 2 : encoded.write(text, 'utf16le') * 2 + 1;
}

function decoded(length: number, bytes: Uint8Array, from: number): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + from, length >>> 1);
  return view.toString((length & 1) === 0 ? 'utf8' : 'utf16le');
}

/** At most half of the slots are taken. */
function slotsFor(texts: number): number {
  return Math.max(INITIAL_SLOTS, 2 ** Math.ceil(Math.log2(texts * 2)));
}

let encoded = Buffer.alloc(1_024); // the text that is asked for
const INITIAL_SLOTS = 1_024;
const MAX_PROBES = 64;
const RECENT = 2_048;
const MAX_RECENT_CHARACTERS = 64;
const ID_BITS = 0xffffff;
const TAG_BITS = ~ID_BITS;
const MOST_TEXTS = ID_BITS - 1;
