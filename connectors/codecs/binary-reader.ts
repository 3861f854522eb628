import { isUtf8 } from 'node:buffer';
import type { Fault } from '../../engine/batch/field-buffer.ts';

/** The bytes are not of the format, or break off: where the next value begins is not known. */
export class Malformed extends Error {}

/**
 * Values of MessagePack and CBOR as JSON has them, and beyond it: bigint beyond 2^53, Instant, binary as Uint8Array. An
 * integer that is a member's name becomes its digits; members with other names than text and integers are left out. All
 * methods throw Malformed.
 *
 * No input makes it recurse, allocate or run beyond what its bytes hold: a count is compared with the bytes that are
 * left, and values that are too deep or too many are passed over and said by `fault`.
 */
export abstract class BinaryReader {
  at = 0;
  protected bytes: Buffer = NO_BYTES;
  protected view = new DataView<ArrayBufferLike>(new ArrayBuffer(0));
  #fault: Fault | null = null;
  #values = 0;
  readonly #names = new Array<Name | undefined>(NAMES).fill(undefined);

  open(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /**
   * Steps into a list and gives how many values it has (Infinity: up to `endList`), or gives -1 and stays where another
   * value stands.
   */
  abstract enterList(): number;
  /** Steps out of a list without a count, where its end stands. */
  abstract endList(): boolean;
  /** Passes over one value. */
  abstract skip(): void;

  /** The next value; of an object only the members with these names, or null: all. */
  event(names: ReadonlySet<string> | null): unknown {
    this.#fault = null;
    this.#values = 0;
    return this.value(0, names);
  }

  /** What is wrong with the last event, of which the end was found nonetheless. */
  get fault(): Fault | null {
    return this.#fault;
  }

  protected abstract value(depth: number, names: ReadonlySet<string> | null): unknown;
  /** A member's name; null: none that a path could name. */
  protected abstract name(): string | null;

  /** Whether a list or an object at this depth may be read; where not, it is to be skipped. */
  protected mayEnter(depth: number): boolean {
    if (depth < MAX_DEPTH && ++this.#values <= MAX_CONTAINERS) return true;
    this.#fault ??= { code: 'MR4024', reason: depth < MAX_DEPTH ? TOO_MANY : TOO_DEEP };
    return false;
  }

  protected skipFrom(start: number): null {
    this.at = start;
    this.skip();
    return null;
  }

  protected member(object: Record<string, unknown>, depth: number, names: ReadonlySet<string> | null): void {
    const name = this.name();
    if (name === null || (names !== null && !names.has(name))) return this.skip();
    const value = this.value(depth, null);
    if (name !== '__proto__') object[name] = value;
    else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  }

  /** Counts of lists and objects: each value takes a byte at least. */
  protected count(values: number, bytesEach = 1): number {
    if (values * bytesEach > this.bytes.length - this.at) throw new Malformed('it breaks off');
    return values;
  }

  /** Steps over so many bytes and gives where they begin. */
  protected take(length: number): number {
    const { at } = this;
    if (length > this.bytes.length - at) throw new Malformed('it breaks off');
    this.at = at + length;
    return at;
  }

  protected takeByte(): number {
    return this.bytes[this.take(1)]!;
  }

  protected takeBytes(length: number): Uint8Array {
    const from = this.take(length);
    return this.bytes.subarray(from, from + length);
  }

  protected text(length: number): string {
    const from = this.take(length);
    const text = this.bytes.toString('utf8', from, from + length);
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(from, from + length))) {
      this.#fault ??= { code: 'MR4002', reason: 'a text in it is not UTF-8' };
    }
    return text;
  }

  /** Names come again and again: a string is made of the bytes of a new one only. */
  protected nameText(length: number): string {
    const from = this.take(length);
    const { bytes } = this;
    if (length === 0 || length > MAX_NAME_BYTES) return bytes.toString('utf8', from, from + length);
    const slot = (length * 7 + bytes[from]! * 31 + bytes[from + length - 1]! * 131) & (NAMES - 1);
    const known = this.#names[slot];
    if (known !== undefined && known.bytes.length === length && isAt(bytes, from, known.bytes)) return known.text;
    const text = bytes.toString('utf8', from, from + length);
    this.#names[slot] = { bytes: Buffer.from(bytes.subarray(from, from + length)), text };
    return text;
  }
}

type Name = { readonly bytes: Uint8Array; readonly text: string };

function isAt(bytes: Uint8Array, from: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) if (bytes[from + index] !== name[index]) return false;
  return true;
}

/** An integer where a double holds it, and a bigint beyond. */
export function integer(value: bigint): number | bigint {
  return value >= MIN_SAFE && value <= MAX_SAFE ? Number(value) : value;
}

const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const NO_BYTES = Buffer.alloc(0);
const NAMES = 256;
const MAX_NAME_BYTES = 64;

/** Lists and objects inside each other; each takes a frame of the stack. */
const MAX_DEPTH = 256;
/** Lists and objects in one event: in memory each takes fifty times its byte. */
const MAX_CONTAINERS = 1_000_000;
const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`;
const TOO_MANY = `more than ${MAX_CONTAINERS} lists and objects`;
