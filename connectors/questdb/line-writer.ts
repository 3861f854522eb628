import type { RowBuffer } from './row-buffer.ts';

/**
 * Writes the parts of one line behind the other. Whoever begins a line says how many bytes it takes without its texts; there
 * is room for so many behind each text, so that what is written between them asks for none.
 *
 * benchmark: questdb
 */
export class LineWriter {
  at = 0;
  readonly #into: RowBuffer;
  readonly #roomBytes: number;
  #bytes: Buffer;
  #view: DataView;

  constructor(into: RowBuffer, roomBytes: number) {
    this.#into = into;
    this.#roomBytes = roomBytes + WORD_BYTES;
    this.#bytes = into.bytes;
    this.#view = into.view;
  }

  beginLine(): void {
    this.at = this.#into.usedBytes;
    this.#reserve(0);
  }

  byte(byte: number): void {
    this.#bytes[this.at++] = byte;
  }

  /** What stands at a place of the line that was written. */
  setByte(at: number, byte: number): void {
    this.#bytes[at] = byte;
  }

  double(value: number): void {
    this.#view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  /** Of texts of our own, which are short. */
  constant({ view, length }: ConstantBytes): void {
    const target = this.#view;
    const { at } = this;
    for (let i = 0; i < length; i += WORD_BYTES) target.setUint32(at + i, view.getUint32(i)); // some beyond the end
    this.at = at + length;
  }

  /** What was written before, once more. */
  repeat(from: number, to: number): void {
    this.#reserve(to - from);
    const target = this.#view;
    const distance = this.at - from;
    for (let at = from; at < to; at += WORD_BYTES) target.setUint32(at + distance, target.getUint32(at));
    this.at += to - from;
  }

  /** In two halves, so that the digits are found in small integers. */
  integer(values: Float64Array, index: number): void {
    let value = values[index]!;
    if (value >= 0 && value < 10) {
      this.#bytes[this.at++] = ZERO + value;
      return;
    }
    if (!Number.isSafeInteger(value)) {
      this.at += this.#bytes.write(BigInt(value).toString(), this.at, 'latin1');
      return;
    }
    if (value < 0) {
      this.#bytes[this.at++] = MINUS;
      value = -value;
    }
    if (value < 1e8) return this.#digits(value);
    const high = Math.floor(value / 1e8);
    if (high < 1e8) {
      this.#digits(high);
    } else {
      const highest = Math.floor(high / 1e8);
      this.#digits(highest);
      this.#eightDigits(high - highest * 1e8);
    }
    this.#eightDigits(value - high * 1e8);
  }

  /** UTF-8 text, escaped. False of a byte that cannot be. All that is escaped is ASCII, so bytes of longer characters are none of it. */
  escaped(bytes: Uint8Array, from: number, until: number, escapes: Uint8Array): boolean {
    this.#reserve((until - from) * 2);
    const target = this.#bytes;
    let { at } = this;
    for (let i = from; i < until; i++) {
      const byte = bytes[i]!;
      const kind = escapes[byte]!;
      if (kind !== 0) {
        if (kind === NEVER) return false;
        target[at++] = BACKSLASH;
      }
      target[at++] = byte;
    }
    this.at = at;
    return true;
  }

  text(text: string, escapes: Uint8Array): boolean {
    if (scratch.length < text.length * 3) scratch = Buffer.allocUnsafeSlow(text.length * 3);
    const until = scratch.write(text, 'utf8');
    return this.escaped(scratch, 0, until, escapes);
  }

  #reserve(textBytes: number): void {
    const sizeBytes = textBytes + this.#roomBytes;
    if (this.at + sizeBytes <= this.#bytes.length) return;
    this.#into.grow(this.at, sizeBytes);
    this.#bytes = this.#into.bytes;
    this.#view = this.#into.view;
  }

  #digits(value: number): void {
    let digits = 1;
    for (let bound = 10; value >= bound; bound *= 10) digits++;
    const target = this.#bytes;
    const { at } = this;
    let rest = value | 0;
    for (let i = at + digits - 1; i >= at; i--) {
      const next = (rest / 10) | 0;
      target[i] = ZERO + rest - next * 10;
      rest = next;
    }
    this.at = at + digits;
  }

  #eightDigits(value: number): void {
    const target = this.#view;
    const { at } = this;
    const high = (value / 10_000) | 0;
    const low = (value | 0) - high * 10_000;
    const first = (high / 100) | 0;
    const third = (low / 100) | 0;
    target.setUint16(at, DIGIT_PAIRS[first]!);
    target.setUint16(at + 2, DIGIT_PAIRS[high - first * 100]!);
    target.setUint16(at + 4, DIGIT_PAIRS[third]!);
    target.setUint16(at + 6, DIGIT_PAIRS[low - third * 100]!);
    this.at = at + 8;
  }
}

/** Bytes that are written often: as words, whose last one may reach beyond the end. */
export type ConstantBytes = { readonly view: DataView; readonly length: number };

export function constantBytes(bytes: Uint8Array): ConstantBytes {
  const padded = new Uint8Array(Math.ceil(bytes.length / WORD_BYTES) * WORD_BYTES);
  padded.set(bytes);
  return { view: new DataView(padded.buffer), length: bytes.length };
}

/** For each byte whether it is escaped, or cannot be. */
export function escapesOf({ escaped, never }: { readonly escaped: string; readonly never: string }): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(escaped)) table[byte] = 1;
  for (const byte of Buffer.from(never)) table[byte] = NEVER;
  return table;
}

let scratch = Buffer.allocUnsafeSlow(4_096);
const WORD_BYTES = 4;
const [ZERO, MINUS, BACKSLASH] = [48, 45, 92];
const NEVER = 2;
/** Both digits of 0 to 99. */
const DIGIT_PAIRS = Uint16Array.from(
  { length: 100 },
  (_, pair) => ((ZERO + Math.floor(pair / 10)) << 8) | (ZERO + (pair % 10)),
);
