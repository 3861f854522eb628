import { epochNumberUs, parseIsoUs } from '../../engine/batch/event-time.ts';
import { BinaryReader, integer, Malformed } from './binary-reader.ts';
import { Instant } from './instant.ts';

/**
 * CBOR (RFC 8949). Tags 0 and 1 are Instants, 2 and 3 bigints, 4 numbers; what stands under any other tag is taken as if
 * it had none. `undefined` and simple values without a meaning are missing.
 */
export class CborReader extends BinaryReader {
  enterList(): number {
    const start = this.at;
    let first = this.bytes[this.at];
    // Tags may stand before a list, such as that of CBOR itself (55799).
    while (first !== undefined && first >> 5 === TAG) {
      this.argument(this.takeByte());
      first = this.bytes[this.at];
    }
    if (first === undefined || first >> 5 !== LIST) {
      this.at = start;
      return -1;
    }
    return this.#length(this.takeByte(), 1);
  }

  endList(): boolean {
    if (this.bytes[this.at] !== BREAK) return false;
    this.at++;
    return true;
  }

  skip(): void {
    let left = 1; // Infinity: up to a break
    const outer: number[] = []; // what is left around it
    for (;;) {
      while (left === 0) {
        if (outer.length === 0) return;
        left = outer.pop()!;
      }
      if (left === Infinity && this.endList()) {
        left = 0;
        continue;
      }
      left--;
      const inside = this.#skipHead();
      if (inside === 0) continue;
      if (left > 0) outer.push(left);
      left = inside;
    }
  }

  protected value(depth: number, names: ReadonlySet<string> | null): unknown {
    const start = this.at;
    const first = this.takeByte();
    switch (first >> 5) {
      case 0:
        return this.argument(first);
      case 1: {
        const argument = this.argument(first);
        return typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER
          ? -1 - argument
          : -1n - BigInt(argument);
      }
      case BINARY:
        return this.#binary(first);
      case TEXT:
        return this.#text(first);
      case LIST:
        return this.mayEnter(depth) ? this.#list(first, depth) : this.skipFrom(start);
      case MAP:
        return this.mayEnter(depth) ? this.#map(first, depth, names) : this.skipFrom(start);
      case TAG:
        // A level of its own, as tags may stand before tags.
        return this.mayEnter(depth) ? this.#tagged(this.argument(first), depth, names) : this.skipFrom(start);
      default:
        return this.#simple(first);
    }
  }

  protected name(): string | null {
    const first = this.bytes[this.at];
    if (first === undefined) throw new Malformed('it breaks off');
    if (first >> 5 === TEXT && first !== 0x7f) {
      this.at++;
      return this.nameText(this.#length(first, 1));
    }
    if (first >> 5 <= 1 || first === 0x7f) return String(this.value(0, null));
    this.skip();
    return null;
  }

  /** The number behind a head. */
  protected argument(first: number): number | bigint {
    const minor = first & 31;
    if (minor < 24) return minor;
    switch (minor) {
      case 24:
        return this.takeByte();
      case 25:
        return this.view.getUint16(this.take(2));
      case 26:
        return this.view.getUint32(this.take(4));
      case 27:
        return integer(this.view.getBigUint64(this.take(8)));
      default:
        throw new Malformed(`byte ${first.toString(16)} begins no value`);
    }
  }

  /** How many values or bytes follow; Infinity where a break ends them. */
  #length(first: number, bytesEach: number): number {
    if ((first & 31) === 31) return Infinity;
    return this.count(Number(this.argument(first)), bytesEach);
  }

  #list(first: number, depth: number): unknown {
    const length = this.#length(first, 1);
    const list: unknown[] = [];
    if (length === Infinity) while (!this.endList()) list.push(this.value(depth + 1, null));
    else for (let index = 0; index < length; index++) list.push(this.value(depth + 1, null));
    return list;
  }

  #map(first: number, depth: number, names: ReadonlySet<string> | null): unknown {
    const length = this.#length(first, 2);
    const object: Record<string, unknown> = {};
    if (length === Infinity) while (!this.endList()) this.member(object, depth + 1, names);
    else for (let index = 0; index < length; index++) this.member(object, depth + 1, names);
    return object;
  }

  #binary(first: number): Uint8Array {
    const length = this.#length(first, 1);
    if (length !== Infinity) return this.takeBytes(length);
    const chunks: Uint8Array[] = [];
    while (!this.endList()) chunks.push(this.takeBytes(this.#chunkLength(BINARY)));
    return Buffer.concat(chunks);
  }

  #text(first: number): string {
    const length = this.#length(first, 1);
    if (length !== Infinity) return this.text(length);
    const chunks: string[] = [];
    while (!this.endList()) chunks.push(this.text(this.#chunkLength(TEXT))); // each is whole UTF-8
    return chunks.join('');
  }

  #chunkLength(kind: number): number {
    const first = this.takeByte();
    if (first >> 5 !== kind || (first & 31) === 31) throw new Malformed('a part of a text is none');
    return this.#length(first, 1);
  }

  #simple(first: number): unknown {
    switch (first & 31) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 24:
        this.#skipSimple();
        return undefined;
      case 25:
        return halfFloat(this.view.getUint16(this.take(2)));
      case 26:
        return this.view.getFloat32(this.take(4));
      case 27:
        return this.view.getFloat64(this.take(8));
      default:
        if ((first & 31) > 24) throw new Malformed(`byte ${first.toString(16)} begins no value`);
        return undefined;
    }
  }

  #skipSimple(): void {
    if (this.takeByte() < 32) throw new Malformed('a simple value of two bytes is below 32');
  }

  #tagged(tag: number | bigint, depth: number, names: ReadonlySet<string> | null): unknown {
    const value = this.value(depth + 1, names);
    switch (tag) {
      case 0:
        return typeof value === 'string' ? instantOfText(value) : value;
      case 1:
        return typeof value === 'number' ? new Instant(epochNumberUs(value, 's')) : value;
      case 2:
      case 3:
        return value instanceof Uint8Array ? bignum(value, tag === 3) : value;
      case 4:
        return decimalFraction(value);
      default:
        return value;
    }
  }

  /** Passes over a value but for what is in it, and gives how many values that is; Infinity: up to a break. */
  #skipHead(): number {
    const first = this.takeByte();
    switch (first >> 5) {
      case 0:
      case 1:
        this.argument(first);
        return 0;
      case BINARY:
      case TEXT: {
        const length = this.#length(first, 1);
        if (length === Infinity) return this.#skipChunks(first >> 5);
        this.take(length);
        return 0;
      }
      case LIST:
        return this.#length(first, 1);
      case MAP:
        return this.#length(first, 2) * 2;
      case TAG:
        this.argument(first);
        return 1;
      default:
        this.#simple(first);
        return 0;
    }
  }

  #skipChunks(kind: number): 0 {
    while (!this.endList()) this.take(this.#chunkLength(kind));
    return 0;
  }
}

/** IEEE 754 binary16: RFC 8949, appendix D. */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Infinity
          : Number.NaN
        : (1024 + fraction) * 2 ** (exponent - 25);
  return (bits & 0x8000) === 0 ? size : -size;
}

/** A text that is no time stays a text: the field or the time says what is wrong with it. */
function instantOfText(text: string): Instant | string {
  const bytes = Buffer.from(text);
  const us = parseIsoUs(bytes, 0, bytes.length);
  return Number.isNaN(us) ? text : new Instant(us);
}

/** What no double could hold stays binary, since a bigint of a megabyte takes long to print. */
function bignum(bytes: Uint8Array, isNegative: boolean): unknown {
  if (bytes.length > MAX_BIGNUM_BYTES) return bytes;
  const value = bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return integer(isNegative ? -1n - value : value);
}

/** [exponent, mantissa] of base 10. */
function decimalFraction(value: unknown): unknown {
  if (!Array.isArray(value) || value.length !== 2) return value;
  const [exponent, mantissa] = value as readonly unknown[];
  const isNumber = typeof exponent === 'number' && (typeof mantissa === 'number' || typeof mantissa === 'bigint');
  return isNumber ? Number(`${mantissa}e${exponent}`) : value;
}

const BINARY = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const TAG = 6;
const BREAK = 0xff;
const MAX_BIGNUM_BYTES = 128;
