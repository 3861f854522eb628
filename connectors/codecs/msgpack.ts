import { BinaryReader, integer, Malformed } from './binary-reader.ts';
import { Instant } from './instant.ts';

/**
 * MessagePack (github.com/msgpack/msgpack, spec.md). The timestamp extension is an Instant, cut to microseconds; any other
 * extension is binary.
 */
export class MessagePackReader extends BinaryReader {
  enterList(): number {
    const first = this.bytes[this.at];
    const bytes = first === undefined ? -1 : first >> 4 === 9 ? 0 : first === 0xdc ? 2 : first === 0xdd ? 4 : -1;
    if (bytes < 0) return -1;
    this.at++;
    return this.count(bytes === 0 ? first! & 0x0f : this.uint(bytes));
  }

  endList(): boolean {
    return false; // each has its count
  }

  skip(): void {
    let left = 1; // values still to be passed over: each takes a byte, and so does its count
    for (; left > 0; left--) left += this.#skipHead();
  }

  protected value(depth: number, names: ReadonlySet<string> | null): unknown {
    const start = this.at;
    const first = this.takeByte();
    if (first < 0x80) return first;
    if (first < 0x90) return this.#map(first & 0x0f, { start, depth, names });
    if (first < 0xa0) return this.#list(first & 0x0f, { start, depth });
    if (first < 0xc0) return this.text(first & 0x1f);
    if (first >= 0xe0) return first - 0x100;
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.view.getFloat32(this.take(4));
      case 0xcb:
        return this.view.getFloat64(this.take(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.uint(1 << (first - 0xcc));
      case 0xcf:
        return integer(this.view.getBigUint64(this.take(8)));
      case 0xd0:
        return this.view.getInt8(this.take(1));
      case 0xd1:
        return this.view.getInt16(this.take(2));
      case 0xd2:
        return this.view.getInt32(this.take(4));
      case 0xd3:
        return integer(this.view.getBigInt64(this.take(8)));
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.takeBytes(this.uint(1 << (first - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.uint(1 << (first - 0xc7)));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (first - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(this.uint(1 << (first - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#list(this.uint(2 << (first - 0xdc)), { start, depth });
      case 0xde:
      case 0xdf:
        return this.#map(this.uint(2 << (first - 0xde)), { start, depth, names });
      default:
        throw new Malformed(`byte ${first.toString(16)} begins no value`);
    }
  }

  protected name(): string | null {
    const first = this.bytes[this.at];
    if (first === undefined) throw new Malformed('it breaks off');
    if (first >= 0xa0 && first < 0xc0) {
      this.at++;
      return this.nameText(first & 0x1f);
    }
    if (first >= 0xd9 && first <= 0xdb) {
      this.at++;
      return this.nameText(this.uint(1 << (first - 0xd9)));
    }
    const isInteger = first < 0x80 || first >= 0xe0 || (first >= 0xcc && first <= 0xd3);
    if (isInteger) return String(this.value(0, null));
    this.skip();
    return null;
  }

  protected uint(bytes: number): number {
    const at = this.take(bytes);
    return bytes === 1 ? this.bytes[at]! : bytes === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  #list(length: number, { start, depth }: { readonly start: number; readonly depth: number }): unknown {
    this.count(length);
    if (!this.mayEnter(depth)) return this.skipFrom(start);
    const list: unknown[] = [];
    for (let index = 0; index < length; index++) list.push(this.value(depth + 1, null));
    return list;
  }

  #map(
    length: number,
    at: { readonly start: number; readonly depth: number; readonly names: ReadonlySet<string> | null },
  ) {
    this.count(length, 2);
    if (!this.mayEnter(at.depth)) return this.skipFrom(at.start);
    const object: Record<string, unknown> = {};
    for (let index = 0; index < length; index++) this.member(object, at.depth + 1, at.names);
    return object;
  }

  #extension(length: number): unknown {
    const type = this.view.getInt8(this.take(1));
    const at = this.take(length);
    const bytes = this.bytes.subarray(at, at + length);
    return type === TIMESTAMP ? (this.#instant(at, length) ?? bytes) : bytes;
  }

  #instant(at: number, length: number): Instant | null {
    const { view } = this;
    if (length === 4) return new Instant(view.getUint32(at) * 1e6);
    if (length !== 8 && length !== 12) return null;
    const high = view.getUint32(at);
    const nanoseconds = length === 8 ? high >>> 2 : high;
    const seconds = length === 8 ? (high & 3) * 2 ** 32 + view.getUint32(at + 4) : Number(view.getBigInt64(at + 4));
    return nanoseconds < 1e9 ? new Instant(seconds * 1e6 + Math.floor(nanoseconds / 1000)) : null;
  }

  /** Passes over a value but for what is in it, and gives how many values that is. */
  #skipHead(): number {
    const first = this.takeByte();
    if (first < 0x80 || first >= 0xe0) return 0;
    if (first < 0x90) return this.count((first & 0x0f) * 2);
    if (first < 0xa0) return this.count(first & 0x0f);
    if (first < 0xc0) return this.#skipBytes(first & 0x1f);
    if (first >= 0xdc) return this.count(this.uint(2 << (first & 1)) * (first >= 0xde ? 2 : 1));
    if (first === 0xc1) throw new Malformed('byte c1 begins no value');
    if (first >= 0xd9) return this.#skipBytes(this.uint(1 << (first - 0xd9)));
    if (first >= 0xd4) return this.#skipBytes(1 + (1 << (first - 0xd4)));
    if (first >= 0xcc) return this.#skipBytes(1 << ((first - 0xcc) & 3));
    if (first >= 0xca) return this.#skipBytes(4 << (first - 0xca));
    if (first >= 0xc7) return this.#skipBytes(1 + this.uint(1 << (first - 0xc7)));
    return first >= 0xc4 ? this.#skipBytes(this.uint(1 << (first - 0xc4))) : 0;
  }

  #skipBytes(length: number): 0 {
    this.take(length);
    return 0;
  }
}

const TIMESTAMP = -1;
