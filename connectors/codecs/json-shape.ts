import { isUtf8 } from 'node:buffer';
import type { NumberForm } from './number-code.ts';
import { CLOSE_LIST, CLOSE_OBJECT, COMMA, JsonScanner, OPEN_LIST, OPEN_OBJECT, skipBlanks } from './json-scanner.ts';

/**
 * What events of one source have in common: the bytes between their values, names and blanks among them. An event of this
 * shape is these bytes and, between them, a value each.
 */
export type JsonShape = {
  readonly values: readonly ShapedValue[];
  /** Behind the last value. */
  readonly close: Uint8Array;
  /** Wanted, and in no event of this shape. */
  readonly missing: readonly number[];
};

export type ShapedValue = {
  /** From behind the value before. */
  readonly lead: Uint8Array;
  /** What it mostly is. `skipped`: nobody wants it, or what is in it. */
  readonly kind: 'number' | 'text' | 'scalar' | 'skipped';
  /** Of a number. */
  readonly form: NumberForm;
  /** That are set to it. */
  readonly slots: readonly number[];
};

/** Paths as a tree. */
export type WantedValue = {
  readonly slots: number[];
  /** By name, or by place in a list. */
  readonly inside: Map<string | number, WantedValue>;
};

/** `slots[i]` is set to what path i leads to. */
export function wantedValues(paths: readonly (readonly (string | number)[])[], slots: readonly number[]): WantedValue {
  const root: WantedValue = { slots: [], inside: new Map() };
  paths.forEach((path, index) => {
    let value = root;
    for (const part of path) {
      const inner = value.inside.get(part) ?? { slots: [], inside: new Map() };
      value.inside.set(part, inner);
      value = inner;
    }
    value.slots.push(slots[index]!);
  });
  return root;
}

/**
 * The shape of the event that begins at `from`; null: it has none that later ones would share, as it is no JSON, is too
 * long, has a name twice, or a list or an object where a single value is wanted.
 */
export function shapeOf(bytes: Buffer, from: number, to: number, wanted: WantedValue): JsonShape | null {
  if (bytes[from] !== OPEN_OBJECT) return null;
  const end = new JsonScanner().skip(bytes, from, Math.min(to, from + MAX_EVENT_BYTES));
  if (end < 0 || end > to || !isUtf8(bytes.subarray(from, end))) return null;
  return new ShapeFinder(bytes.subarray(from, end), wanted).shape;
}

/** Walks through an event that is known to be JSON. */
class ShapeFinder {
  readonly #bytes: Buffer;
  readonly #scanner = new JsonScanner();
  readonly #values: ShapedValue[] = [];
  readonly #missing: Set<number>;
  #leadFrom = 0;
  #leadBytes = 0;
  #isPlain = true;
  readonly shape: JsonShape | null;

  constructor(bytes: Buffer, wanted: WantedValue) {
    this.#bytes = bytes;
    this.#missing = new Set(slotsIn(wanted));
    this.#walk(0, wanted);
    const close = Uint8Array.from(bytes.subarray(this.#leadFrom));
    const isSmall = this.#leadBytes + close.length <= MAX_LEAD_BYTES && this.#values.length <= MAX_VALUES;
    this.shape = this.#isPlain && isSmall ? { values: this.#values, close, missing: [...this.#missing] } : null;
  }

  /** Returns the place behind the value. */
  #walk(at: number, wanted: WantedValue | undefined): number {
    if (wanted === undefined) return this.#add(at, 'skipped', []);
    switch (this.#bytes[at]) {
      case OPEN_OBJECT:
        this.#isPlain &&= wanted.slots.length === 0;
        return this.#walkMembers(at, wanted);
      case OPEN_LIST:
        this.#isPlain &&= wanted.slots.length === 0;
        return this.#walkItems(at, wanted);
      default:
        return this.#add(at, kindOf(this.#bytes[at]!), wanted.slots);
    }
  }

  #walkMembers(start: number, { inside }: WantedValue): number {
    const bytes = this.#bytes;
    const names = new Set<string>();
    let at = this.#skipBlanks(start + 1);
    while (bytes[at] !== CLOSE_OBJECT) {
      const nameTo = this.#scanner.scalar(bytes, at, bytes.length);
      const name = JSON.parse(bytes.toString('utf8', at, nameTo));
      this.#isPlain &&= !names.has(name);
      names.add(name);
      const colon = this.#skipBlanks(nameTo);
      at = this.#skipBlanks(this.#walk(this.#skipBlanks(colon + 1), inside.get(name)));
      if (bytes[at] === COMMA) at = this.#skipBlanks(at + 1);
    }
    return at + 1;
  }

  #walkItems(start: number, { inside }: WantedValue): number {
    const bytes = this.#bytes;
    let at = this.#skipBlanks(start + 1);
    for (let item = 0; bytes[at] !== CLOSE_LIST; item++) {
      at = this.#skipBlanks(this.#walk(at, inside.get(item)));
      if (bytes[at] === COMMA) at = this.#skipBlanks(at + 1);
    }
    return at + 1;
  }

  #add(at: number, kind: ShapedValue['kind'], slots: readonly number[]): number {
    const lead = Uint8Array.from(this.#bytes.subarray(this.#leadFrom, at));
    this.#leadBytes += lead.length;
    this.#values.push({ lead, kind, form: formOf(this.#bytes, at), slots });
    for (const slot of slots) this.#missing.delete(slot);
    this.#leadFrom = this.#scanner.skip(this.#bytes, at, this.#bytes.length);
    return this.#leadFrom;
  }

  #skipBlanks(at: number): number {
    return skipBlanks(this.#bytes, at, this.#bytes.length);
  }
}

function slotsIn({ slots, inside }: WantedValue): number[] {
  return [...slots, ...[...inside.values()].flatMap(slotsIn)];
}

function kindOf(first: number): ShapedValue['kind'] {
  if (first === 0x22) return 'text';
  return first === 0x2d || (first >= 0x30 && first <= 0x39) ? 'number' : 'scalar';
}

function formOf(bytes: Buffer, from: number): NumberForm {
  const [, whole = '', places = ''] = /^-?(\d*)\.?(\d*)/.exec(bytes.toString('latin1', from, from + MAX_NUMBER_BYTES))!;
  return { wholeDigits: whole.length, places: places.length };
}

const MAX_NUMBER_BYTES = 32;
const MAX_EVENT_BYTES = 16 * 1024;
/** More of them would make a function that V8 is slow to optimize. */
const MAX_VALUES = 128;
const MAX_LEAD_BYTES = 2_048;
