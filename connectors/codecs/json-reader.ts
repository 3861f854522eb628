import { isUtf8 } from 'node:buffer';
import { type JsonMembers, type JsonPaths, jsonPaths } from './json-paths.ts';
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  JSON_VALUE,
  JsonScanner,
  MAX_DEPTH,
  NOT_READ,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipBlanks,
} from './json-scanner.ts';

/**
 * Reads the values that some path leads to from the bytes of an object, or of a list of objects, and makes no object of
 * them. What it reads means what it means to JSON.parse. What is rare it does not read at all, and leaves to JSON.parse:
 * escapes in names, a wanted member that stands there twice or is no single value, lists of more than 16,384 events,
 * what is nested deeper than 64, and all that is no JSON.
 *
 * Cost: about 2 ns a byte, and memory for one text's values. Benchmark: benchmarks/throughput (messages).
 */
export class JsonReader {
  readonly #root: JsonMembers;
  readonly #width: number;
  readonly #scanner: JsonScanner;
  #bytes: Buffer = NO_BYTES;
  #end = 0;
  #base = 0; // of the event that is being read, among the values
  // Of the values of all events:
  #kinds = new Uint8Array(0);
  #numbers = new Float64Array(0);
  #froms = new Int32Array(0);
  #tos = new Int32Array(0);
  // Of the events:
  #starts = new Int32Array(1);
  #ends = new Int32Array(1);
  #listEnd = 0;
  /** Whether the last text was a list. */
  isList = false;

  private constructor({ root, width }: JsonPaths, options: { readonly hasBigIntegers: boolean }) {
    this.#root = root;
    this.#width = width;
    this.#scanner = new JsonScanner(options);
    this.#reserve(1);
  }

  /**
   * Null: the paths are not for it. `hasBigIntegers`: integers beyond 2⁵³ stay apart from other numbers.
   * `places[i]`: where the value of path i is.
   */
  static of(
    paths: readonly (readonly (string | number)[])[],
    options: { readonly hasBigIntegers: boolean },
  ): { readonly reader: JsonReader; readonly places: readonly number[] } | null {
    const found = jsonPaths(paths);
    return found === null ? null : { reader: new JsonReader(found, options), places: found.places };
  }

  /** How many events bytes[from, to) holds; -1: it was not read. */
  read(bytes: Buffer, from: number, to: number): number {
    this.#bytes = bytes;
    this.#end = to;
    this.#scanner.allBits = 0;
    let at = this.#skipBlanks(from);
    this.isList = bytes[at] === OPEN_LIST;
    const count = this.isList ? this.#events(at) : this.#event(at, 0) ? 1 : NOT_READ;
    if (count < 0) return NOT_READ;
    at = this.#skipBlanks(this.isList ? this.#listEnd : this.#ends[0]!);
    if (at !== to) return NOT_READ;
    if (this.#scanner.allBits > 0x7f && !isUtf8(bytes.subarray(from, to))) return NOT_READ;
    return count;
  }

  /** Those that were read last. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** This and the following are as of JsonScanner. */
  kind(event: number, place: number): number {
    return this.#kinds[event * this.#width + place]!;
  }

  number(event: number, place: number): number {
    return this.#numbers[event * this.#width + place]!;
  }

  from(event: number, place: number): number {
    return this.#froms[event * this.#width + place]!;
  }

  to(event: number, place: number): number {
    return this.#tos[event * this.#width + place]!;
  }

  /** The whole event. */
  eventText(event: number): string {
    return this.#bytes.toString('utf8', this.#starts[event], this.#ends[event]);
  }

  #events(start: number): number {
    const bytes = this.#bytes;
    let at = this.#skipBlanks(start + 1);
    let count = 0;
    if (bytes[at] !== CLOSE_LIST) {
      for (;;) {
        if (count === MAX_EVENTS || !this.#event(at, count)) return NOT_READ;
        at = this.#skipBlanks(this.#ends[count]!);
        count++;
        if (bytes[at] === CLOSE_LIST) break;
        if (bytes[at] !== COMMA) return NOT_READ;
        at = this.#skipBlanks(at + 1);
      }
    }
    this.#listEnd = at + 1;
    return count;
  }

  #event(at: number, event: number): boolean {
    if (this.#bytes[at] !== OPEN_OBJECT) return false;
    if (event === this.#starts.length) this.#reserve(event * 2);
    this.#base = event * this.#width;
    const kinds = this.#kinds;
    for (let place = this.#base; place < this.#base + this.#width; place++) kinds[place] = JSON_VALUE.missing;
    this.#starts[event] = at;
    const end = this.#object(at, this.#root, 0);
    this.#ends[event] = end;
    return end > 0 && end <= this.#end;
  }

  /** Each of these returns the place behind what it reads, or NOT_READ. */
  #object(start: number, members: JsonMembers, depth: number): number {
    const bytes = this.#bytes;
    const { expected, names, places, inner } = members;
    let at = this.#skipBlanks(start + 1);
    if (bytes[at] === CLOSE_OBJECT) return at + 1;
    for (let member = 0; ; member++) {
      if (bytes[at] !== QUOTE) return NOT_READ;
      let name = member < expected.length ? expected[member]! : -1;
      if (name >= 0 && this.#isText(at + 1, names[name]!)) {
        at += names[name]!.length + 2;
      } else {
        const nameFrom = at + 1;
        const nameTo = this.#scanner.plainText(bytes, nameFrom, this.#end);
        if (nameTo < 0) return NOT_READ;
        name = this.#find(names, nameFrom, nameTo);
        if (member < expected.length) expected[member] = name;
        at = nameTo + 1;
      }
      if (bytes[at]! <= BLANK) at = this.#skipBlanks(at);
      if (bytes[at] !== COLON) return NOT_READ;
      at++;
      if (bytes[at]! <= BLANK) at = this.#skipBlanks(at);
      at =
        name < 0
          ? this.#scanner.skip(bytes, at, this.#end, depth)
          : this.#wanted(at, inner[name], this.#base + places[name]!, depth);
      if (at < 0) return NOT_READ;
      if (bytes[at]! <= BLANK) at = this.#skipBlanks(at);
      if (bytes[at] === CLOSE_OBJECT) return at + 1;
      if (bytes[at] !== COMMA) return NOT_READ;
      at++;
      if (bytes[at]! <= BLANK) at = this.#skipBlanks(at);
    }
  }

  #wanted(at: number, inner: JsonMembers | undefined, place: number, depth: number): number {
    return inner === undefined ? this.#value(at, place) : this.#inner(at, inner, place, depth);
  }

  #inner(at: number, members: JsonMembers, place: number, depth: number): number {
    if (this.#kinds[place] !== JSON_VALUE.missing || depth === MAX_DEPTH) return NOT_READ;
    this.#kinds[place] = JSON_VALUE.inner;
    const bytes = this.#bytes;
    return bytes[at] === OPEN_OBJECT
      ? this.#object(at, members, depth + 1)
      : this.#scanner.skip(bytes, at, this.#end, depth);
  }

  #value(at: number, place: number): number {
    if (this.#kinds[place] !== JSON_VALUE.missing) return NOT_READ;
    const scanner = this.#scanner;
    const end = scanner.scalar(this.#bytes, at, this.#end);
    this.#kinds[place] = scanner.kind;
    this.#numbers[place] = scanner.number;
    this.#froms[place] = scanner.from;
    this.#tos[place] = scanner.to;
    return end;
  }

  /** Whether this text, and nothing more, stands there. */
  #isText(from: number, text: Uint8Array): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false;
    return bytes[from + text.length] === QUOTE;
  }

  #find(names: readonly Uint8Array[], from: number, to: number): number {
    for (let name = 0; name < names.length; name++) {
      if (names[name]!.length === to - from && this.#isText(from, names[name]!)) return name;
    }
    return -1;
  }

  #skipBlanks(at: number): number {
    return skipBlanks(this.#bytes, at, this.#end);
  }

  #reserve(events: number): void {
    const { length } = this.#starts;
    const values = Math.max(events, length) * this.#width;
    this.#kinds = grown(this.#kinds, new Uint8Array(values));
    this.#numbers = grown(this.#numbers, new Float64Array(values));
    this.#froms = grown(this.#froms, new Int32Array(values));
    this.#tos = grown(this.#tos, new Int32Array(values));
    this.#starts = grown(this.#starts, new Int32Array(Math.max(events, length)));
    this.#ends = grown(this.#ends, new Int32Array(Math.max(events, length)));
  }
}

function grown<Values extends Uint8Array | Int32Array | Float64Array>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}

const MAX_EVENTS = 16_384;
const NO_BYTES = Buffer.alloc(0);
const BLANK = 0x20;
