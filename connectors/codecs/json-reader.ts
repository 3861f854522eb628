import { isUtf8 } from 'node:buffer';
import { POWERS_OF_TEN } from '../../engine/batch/decimal.ts';
import { type JsonMembers, type JsonPaths, jsonPaths } from './json-paths.ts';

/** What stands where a path leads. */
export const JSON_VALUE = {
  missing: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  bigInteger: 5,
  text: 6,
  inner: 7,
} as const;

/**
 * Reads the values that some path leads to from the bytes of an object, or of a list of objects, and makes no object of
 * them. What it reads means what it means to JSON.parse. What is rare it does not read at all, and leaves to JSON.parse:
 * escapes, a wanted member that stands there twice or is no single value, lists of more than 16,384 events, what is
 * nested deeper than 64, and all that is no JSON.
 *
 * Cost: about 2 ns a byte, and memory for one text's values. Benchmark: benchmarks/throughput (messages).
 */
export class JsonReader {
  readonly #root: JsonMembers;
  readonly #width: number;
  readonly #hasBigIntegers: boolean;
  #bytes: Buffer = NO_BYTES;
  #end = 0;
  #base = 0; // of the event that is being read, among the values
  #allBits = 0; // of all bytes of texts
  // Of the values of all events:
  #kinds = new Uint8Array(0);
  #numbers = new Float64Array(0);
  #froms = new Int32Array(0);
  #tos = new Int32Array(0);
  #unused = 0; // for values that nobody wants
  // Of the events:
  #starts = new Int32Array(1);
  #ends = new Int32Array(1);
  #listEnd = 0;
  /** Whether the last text was a list. */
  isList = false;

  private constructor({ root, width }: JsonPaths, options: { readonly hasBigIntegers: boolean }) {
    this.#root = root;
    this.#width = width;
    this.#hasBigIntegers = options.hasBigIntegers;
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
    this.#allBits = 0;
    let at = this.#skipBlanks(from);
    this.isList = bytes[at] === OPEN_LIST;
    const count = this.isList ? this.#events(at) : this.#event(at, 0) ? 1 : NOT_READ;
    if (count < 0) return NOT_READ;
    at = this.#skipBlanks(this.isList ? this.#listEnd : this.#ends[0]!);
    if (at !== to) return NOT_READ;
    if (this.#allBits > 0x7f && !isUtf8(bytes.subarray(from, to))) return NOT_READ;
    return count;
  }

  /** Those that were read last. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  kind(event: number, place: number): number {
    return this.#kinds[event * this.#width + place]!;
  }

  number(event: number, place: number): number {
    return this.#numbers[event * this.#width + place]!;
  }

  /** Of a text, or of a big integer's digits: where it begins. */
  from(event: number, place: number): number {
    return this.#froms[event * this.#width + place]!;
  }

  to(event: number, place: number): number {
    return this.#tos[event * this.#width + place]!;
  }

  /** A text, or the digits of a big integer. */
  textOf(event: number, place: number): string {
    return this.#bytes.toString('utf8', this.from(event, place), this.to(event, place));
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
    this.#kinds.fill(JSON_VALUE.missing, this.#base, this.#base + this.#width);
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
        const nameTo = this.#textEnd(nameFrom);
        if (nameTo < 0) return NOT_READ;
        name = this.#find(names, nameFrom, nameTo);
        if (member < expected.length) expected[member] = name;
        at = nameTo + 1;
      }
      if (bytes[at]! <= BLANK) at = this.#skipBlanks(at);
      if (bytes[at] !== COLON) return NOT_READ;
      at++;
      if (bytes[at]! <= BLANK) at = this.#skipBlanks(at);
      at = name < 0 ? this.#skip(at, depth) : this.#wanted(at, inner[name], this.#base + places[name]!, depth);
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
    return this.#bytes[at] === OPEN_OBJECT ? this.#object(at, members, depth + 1) : this.#skip(at, depth);
  }

  #value(at: number, place: number): number {
    if (this.#kinds[place] !== JSON_VALUE.missing) return NOT_READ;
    const bytes = this.#bytes;
    switch (bytes[at]) {
      case QUOTE: {
        const to = this.#textEnd(at + 1);
        this.#kinds[place] = JSON_VALUE.text;
        this.#froms[place] = at + 1;
        this.#tos[place] = to;
        return to < 0 ? NOT_READ : to + 1;
      }
      case 0x74:
        this.#kinds[place] = JSON_VALUE.true;
        return this.#word(at, TRUE);
      case 0x66:
        this.#kinds[place] = JSON_VALUE.false;
        return this.#word(at, FALSE);
      case 0x6e:
        this.#kinds[place] = JSON_VALUE.null;
        return this.#word(at, NULL);
      default:
        return this.#number(at, place);
    }
  }

  /** What nobody wants must be JSON all the same. */
  #skip(at: number, depth: number): number {
    const bytes = this.#bytes;
    switch (bytes[at]) {
      case QUOTE: {
        const to = this.#textEnd(at + 1);
        return to < 0 ? NOT_READ : to + 1;
      }
      case OPEN_OBJECT:
        return depth === MAX_DEPTH ? NOT_READ : this.#object(at, NO_MEMBERS, depth + 1);
      case OPEN_LIST:
        return depth === MAX_DEPTH ? NOT_READ : this.#skipList(at, depth + 1);
      case 0x74:
        return this.#word(at, TRUE);
      case 0x66:
        return this.#word(at, FALSE);
      case 0x6e:
        return this.#word(at, NULL);
      default:
        return this.#number(at, this.#unused);
    }
  }

  #skipList(start: number, depth: number): number {
    const bytes = this.#bytes;
    let at = this.#skipBlanks(start + 1);
    if (bytes[at] === CLOSE_LIST) return at + 1;
    for (;;) {
      at = this.#skip(at, depth);
      if (at < 0) return NOT_READ;
      at = this.#skipBlanks(at);
      if (bytes[at] === CLOSE_LIST) return at + 1;
      if (bytes[at] !== COMMA) return NOT_READ;
      at = this.#skipBlanks(at + 1);
    }
  }

  /** As JSON writes numbers: no plus, no leading zeros, digits on both sides of a point. */
  #number(from: number, place: number): number {
    const bytes = this.#bytes;
    let at = from;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    let mantissa = bytes[at]! - ZERO;
    if (!(mantissa >= 0 && mantissa <= 9)) return NOT_READ;
    at++;
    let digit = 0;
    if (mantissa > 0) for (; (digit = bytes[at]! - ZERO) >= 0 && digit <= 9; at++) mantissa = mantissa * 10 + digit;
    let places = 0;
    if (bytes[at] === POINT) {
      const placesFrom = ++at;
      for (; (digit = bytes[at]! - ZERO) >= 0 && digit <= 9; at++) mantissa = mantissa * 10 + digit;
      places = at - placesFrom;
      if (places === 0) return NOT_READ;
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45 || mantissa > Number.MAX_SAFE_INTEGER || places > 22) {
      return this.#longNumber(from, at, place);
    }
    this.#kinds[place] = JSON_VALUE.number;
    const value = places === 0 ? mantissa : mantissa / POWERS_OF_TEN[places]!; // exact: parseDecimal
    this.#numbers[place] = isNegative ? -value : value;
    return at;
  }

  /** Its exponent, if it has one, begins at `at`. */
  #longNumber(from: number, at: number, place: number): number {
    const bytes = this.#bytes;
    const hasExponent = bytes[at] === 0x65 || bytes[at] === 0x45;
    if (hasExponent) {
      at++;
      if (bytes[at] === 0x2b || bytes[at] === MINUS) at++;
      const digitsFrom = at;
      while (isDigit(bytes[at]!)) at++;
      if (at === digitsFrom) return NOT_READ;
    }
    const text = bytes.toString('latin1', from, at);
    const value = Number(text);
    const isBig = this.#hasBigIntegers && !Number.isSafeInteger(value) && /^-?\d+$/.test(text);
    this.#kinds[place] = isBig ? JSON_VALUE.bigInteger : JSON_VALUE.number;
    this.#numbers[place] = value;
    this.#froms[place] = from;
    this.#tos[place] = at;
    return at;
  }

  #word(at: number, word: Uint8Array): number {
    const bytes = this.#bytes;
    for (let i = 1; i < word.length; i++) if (bytes[at + i] !== word[i]) return NOT_READ;
    return at + word.length;
  }

  /** Where the text that begins at `from` has its closing quote. */
  #textEnd(from: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let allBits = this.#allBits;
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.#allBits = allBits;
        return at;
      }
      if (byte < BLANK || byte === BACKSLASH) return NOT_READ;
      allBits |= byte;
    }
    return NOT_READ;
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
    const bytes = this.#bytes;
    const end = this.#end;
    while (at < end && isBlank(bytes[at]!)) at++;
    return at;
  }

  #reserve(events: number): void {
    const { length } = this.#starts;
    const values = Math.max(events, length) * this.#width + 1;
    this.#unused = values - 1;
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

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/** To JSON. */
function isBlank(byte: number): boolean {
  return byte === BLANK || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

const NOT_READ = -1;
const MAX_EVENTS = 16_384;
const MAX_DEPTH = 64;
const NO_BYTES = Buffer.alloc(0);
const NO_MEMBERS: JsonMembers = jsonPaths([])!.root;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');
const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const POINT = 0x2e;
const MINUS = 0x2d;
const ZERO = 0x30;
