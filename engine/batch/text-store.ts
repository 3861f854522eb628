import { growUint32 } from '../state/growable.ts';

/**
 * Texts with their ids, as they are stored and handed from thread to thread: the bytes of text `ids[i]` follow those of
 * text `ids[i − 1]`. They are UTF-8, which cannot hold half of a surrogate pair; a text with one (JSON may have it) is
 * UTF-16. `lengths[i]` is twice the number of bytes, plus 1 where it is UTF-16.
 */
export type PackedTexts = { readonly ids: Uint32Array; readonly lengths: Uint32Array; readonly bytes: Uint8Array };

/**
 * Texts by id, as bytes one after the other. A million names of 14 bytes take 22 MB, where strings take 40. Whoever asks
 * for a text has it made anew, but for the last few thousand.
 */
export class TextStore {
  #bytes = Buffer.alloc(INITIAL_BYTES);
  #usedBytes = 0;
  #freedBytes = 0;
  #starts = new Uint32Array(INITIAL_TEXTS); // by id
  #lengths = new Uint32Array(INITIAL_TEXTS); // as in PackedTexts, or NONE
  #size = 0;
  readonly #shownIds = new Int32Array(SHOWN_TEXTS).fill(-1);
  readonly #shown = new Array<string>(SHOWN_TEXTS).fill('');

  /** The highest id so far, plus 1. */
  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    return id < this.#size && this.#lengths[id] !== NONE;
  }

  /** Empty where there is none. */
  textOf(id: number): string {
    const place = id & (SHOWN_TEXTS - 1);
    if (this.#shownIds[place] === id) return this.#shown[place]!;
    if (!this.has(id)) return '';
    const start = this.#starts[id]!;
    const length = this.#lengths[id]!;
    const text = this.#bytes.toString((length & 1) === 0 ? 'utf8' : 'utf16le', start, start + (length >>> 1));
    if (length > LONGEST_SHOWN_BYTES * 2) return text;
    this.#shownIds[place] = id;
    this.#shown[place] = text;
    return text;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  startOf(id: number): number {
    return this.#starts[id]!;
  }

  lengthOf(id: number): number {
    return this.#lengths[id]!;
  }

  /** Whether these bytes, of that length as in PackedTexts, are the text. */
  is(id: number, length: number, bytes: Uint8Array, from: number): boolean {
    if (this.#lengths[id] !== length) return false;
    const own = this.#bytes;
    let at = this.#starts[id]!;
    const end = at + (length >>> 1);
    for (; at < end; at++, from++) if (own[at] !== bytes[from]) return false;
    return true;
  }

  /** Of a text's bytes. */
  hashOf(id: number): number {
    return hashBytes(this.#bytes, this.#starts[id]!, this.#lengths[id]!);
  }

  put(id: number, length: number, bytes: Uint8Array, from: number): void {
    const sizeBytes = length >>> 1;
    this.#reserve(id + 1, sizeBytes);
    const start = this.#usedBytes;
    if (sizeBytes > LONG_BYTES) this.#bytes.set(bytes.subarray(from, from + sizeBytes), start);
    else for (let i = 0; i < sizeBytes; i++) this.#bytes[start + i] = bytes[from + i]!;
    this.#usedBytes += sizeBytes;
    this.#place(id, start, length);
  }

  remove(id: number): void {
    if (!this.has(id)) return;
    this.#place(id, 0, NONE);
    if (this.#freedBytes > this.#usedBytes / 2 && this.#freedBytes > INITIAL_BYTES) this.#compact();
  }

  /** In ascending order. */
  ids(): Uint32Array {
    const ids = new Uint32Array(this.#size);
    let count = 0;
    for (let id = 0; id < this.#size; id++) if (this.#lengths[id] !== NONE) ids[count++] = id;
    return ids.subarray(0, count);
  }

  /** Copies of texts that are there. Texts that lie side by side are copied as one. */
  pack(ids: ArrayLike<number>): PackedTexts {
    const lengths = new Uint32Array(ids.length);
    let sizeBytes = 0;
    for (let i = 0; i < ids.length; i++) {
      lengths[i] = this.#lengths[ids[i]!]!;
      sizeBytes += lengths[i]! >>> 1;
    }
    const bytes = new Uint8Array(sizeBytes);
    let written = 0;
    let from = 0;
    let until = 0;
    for (let i = 0; i < ids.length; i++) {
      const start = this.#starts[ids[i]!]!;
      if (start !== until) {
        bytes.set(this.#bytes.subarray(from, until), written);
        written += until - from;
        from = start;
      }
      until = start + (lengths[i]! >>> 1);
    }
    bytes.set(this.#bytes.subarray(from, until), written);
    return { ids: Uint32Array.from(ids), lengths, bytes };
  }

  /** Takes over what `pack` gave; of an id that is there already, the new text counts. */
  unpack({ ids, lengths, bytes }: PackedTexts): void {
    this.#reserve(0, bytes.length);
    this.#bytes.set(bytes, this.#usedBytes);
    let start = this.#usedBytes;
    this.#usedBytes += bytes.length;
    for (let i = 0; i < ids.length; i++) {
      this.#reserve(ids[i]! + 1, 0);
      this.#place(ids[i]!, start, lengths[i]!);
      start += lengths[i]! >>> 1;
    }
  }

  #place(id: number, start: number, length: number): void {
    for (; this.#size <= id; this.#size++) this.#lengths[this.#size] = NONE;
    const before = this.#lengths[id]!;
    if (before !== NONE) this.#freedBytes += before >>> 1;
    this.#starts[id] = start;
    this.#lengths[id] = length;
    const place = id & (SHOWN_TEXTS - 1);
    if (this.#shownIds[place] === id) this.#shownIds[place] = -1;
  }

  #reserve(texts: number, sizeBytes: number): void {
    this.#starts = growUint32(this.#starts, texts);
    this.#lengths = growUint32(this.#lengths, texts);
    const neededBytes = this.#usedBytes + sizeBytes;
    if (neededBytes <= this.#bytes.length) return;
    const bytes = Buffer.alloc(Math.max(this.#bytes.length * 2, neededBytes));
    bytes.set(this.#bytes.subarray(0, this.#usedBytes));
    this.#bytes = bytes;
  }

  #compact(): void {
    const packed = this.pack(this.ids());
    this.#bytes = Buffer.alloc(Math.max(INITIAL_BYTES, packed.bytes.length * 2));
    this.#usedBytes = 0;
    this.#freedBytes = 0;
    this.#lengths.fill(NONE);
    this.unpack(packed);
  }
}

/** FNV-1a: names that differ in their last digits come to lie close together. `length` as in PackedTexts. */
export function hashBytes(bytes: Uint8Array, from: number, length: number): number {
  let hash = HASH_SEED;
  const end = from + (length >>> 1);
  for (let at = from; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, HASH_PRIME);
  return finishedHash(hash, length);
}

/** Of what the loop over a text's bytes gives, and its length as in PackedTexts. */
export function finishedHash(hash: number, length: number): number {
  const whole = hash ^ length;
  return whole ^ (whole >>> 15);
}

export const HASH_SEED = 0x811c9dc5 | 0;
export const HASH_PRIME = 0x01000193;

const NONE = 0xffffffff;
const INITIAL_TEXTS = 64;
const INITIAL_BYTES = 4_096;
const SHOWN_TEXTS = 4_096; // a power of 2
const LONGEST_SHOWN_BYTES = 256;
const LONG_BYTES = 64;
