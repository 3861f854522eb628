import type { BatchBuilder, BuilderSlot } from '../../engine/batch/batch-builder.ts';
import { type Fault, shown } from '../../engine/batch/field-buffer.ts';
import { Instant } from './instant.ts';
import { JsonReader } from './json-reader.ts';
import { setScanned } from './json-slot.ts';
import { rawText } from './raw-text.ts';
import { ShapedEvents } from './shaped-events.ts';
import { setToken, SubjectTokens, type Tokens } from './subject-tokens.ts';

/**
 * Hands the fields of JSON (and of what is like it) to a builder: an object is an event, a list is many. Paths are
 * compiled once; a name is looked up among the object's own members only, so `__proto__` and `constructor` are names like
 * others. Texts are read from their bytes where JsonReader does it, else through JSON.parse.
 *
 * Benchmark: benchmarks/throughput (messages).
 */
export class JsonEvents {
  readonly #builder: BatchBuilder;
  readonly #paths: readonly (readonly (string | number)[])[];
  readonly #names: readonly (string | undefined)[]; // of paths of one plain name, the usual case
  readonly #tokenOfSlot: readonly number[]; // place among the subject's tokens; -1: from the payload
  readonly #subjects: SubjectTokens | null;
  readonly #hasNanoseconds: boolean;
  readonly #reader: JsonReader | null;
  readonly #places: readonly number[]; // of the slots, in what the reader reads
  readonly #shaped: ShapedEvents;
  readonly #shapedInSubject: ShapedEvents;
  #tokens: Tokens | null = null;

  constructor(builder: BatchBuilder) {
    const { slots } = builder;
    this.#builder = builder;
    this.#paths = slots.map(pathOf);
    this.#names = this.#paths.map(path => (path.length === 1 && isPlainName(path[0]!) ? path[0] : undefined));
    const wanted = slots.flatMap(({ origin }) => (origin.kind === 'subject' ? [origin.token] : []));
    this.#subjects = wanted.length === 0 ? null : new SubjectTokens(wanted);
    let token = 0;
    this.#tokenOfSlot = slots.map(({ origin }) => (origin.kind === 'subject' ? token++ : -1));
    this.#hasNanoseconds = builder.source.time?.format === 'ns';
    const tokenSlots = this.#tokenOfSlot.flatMap((of, slot) => (of < 0 ? [] : [slot]));
    const shaping = { paths: this.#paths, hasBigIntegers: this.#hasNanoseconds };
    this.#shaped = new ShapedEvents(builder, { ...shaping, tokenSlots: [] });
    this.#shapedInSubject = new ShapedEvents(builder, { ...shaping, tokenSlots });
    const read = JsonReader.of(this.#paths, { hasBigIntegers: this.#hasNanoseconds });
    this.#reader = read?.reader ?? null;
    this.#places = read?.places ?? [];
  }

  /** The first names of all paths: what else an event has, nobody reads. */
  get names(): ReadonlySet<string> {
    return new Set(this.#paths.map(path => String(path[0])));
  }

  /** Of the messages that come now; null: they have none, and a field that comes from it is read under its own name. */
  set subject(subject: string | null) {
    if (this.#subjects !== null) this.#tokens = subject === null ? null : this.#subjects.of(subject);
  }

  /** Takes the text in bytes[from, to), which are UTF-8; what is no event is rejected. Blank ones are skipped. */
  take(bytes: Buffer, from: number, to: number, placeOf: () => string): void {
    if (this.takeShaped(bytes, from, to) >= 0) return;
    const count = this.read(bytes, from, to);
    if (count < 0) {
      const text = bytes.toString('utf8', from, to).trim();
      if (text !== '') this.#takeText(text, placeOf());
    }
    for (let event = 0; event < count; event++) if (!this.giveRead(event)) this.refuseRead(event, placeOf());
  }

  /** How many events of a text were taken, since they look like earlier ones; -1: none, and nothing has happened. */
  takeShaped(bytes: Buffer, from: number, to: number): number {
    const tokens = this.#tokens;
    return tokens === null
      ? this.#shaped.take(bytes, from, to, NO_TOKENS)
      : this.#shapedInSubject.take(bytes, from, to, tokens);
  }

  /**
   * How many events a text of JSON holds, which then wait for `giveRead`; -1: it was not read, for whatever reason, and
   * `parse` says what it is.
   */
  read(bytes: Buffer, from: number, to: number): number {
    return this.#reader === null ? -1 : this.#reader.read(bytes, from, to);
  }

  /** Whether the text that was read is a list. */
  get isList(): boolean {
    return this.#reader?.isList ?? false;
  }

  /** False: the schema refuses it, and `refuseRead` must follow. */
  giveRead(event: number): boolean {
    const reader = this.#reader!;
    const places = this.#places;
    const tokens = this.#tokens;
    const tokenOfSlot = this.#tokenOfSlot;
    for (let slot = 0; slot < places.length; slot++) {
      if (tokens !== null && tokenOfSlot[slot]! >= 0) setToken(this.#builder, slot, tokens[tokenOfSlot[slot]!]);
      else setRead(this.#builder, slot, reader, event, places[slot]!);
    }
    return this.#builder.commit();
  }

  refuseRead(event: number, place: string): void {
    this.#builder.refuse({ raw: this.rawRead(event), place });
  }

  /** The event's text; one of a list is written anew, as it is where a list was parsed. */
  rawRead(event: number): string {
    const reader = this.#reader!;
    const text = reader.eventText(event);
    return reader.isList ? rawText(this.parse(text)) : text;
  }

  #takeText(text: string, place: string): void {
    let message: unknown;
    try {
      message = this.parse(text);
    } catch (error) {
      this.#builder.reject({ ...parseFault(error), raw: text, place });
      return;
    }
    if (!Array.isArray(message)) return this.takeEvent(message, text, place);
    for (const item of message) this.takeEvent(item, null, place);
  }

  /** As JSON.parse; integers that a double cannot hold are bigints where the time is in nanoseconds. */
  parse(text: string): unknown {
    const message = JSON.parse(text);
    return this.#hasNanoseconds && BIG_INTEGER.test(text) ? JSON.parse(text, keepBigIntegers) : message;
  }

  /** `raw` is null where the event's text has to be made from it. */
  takeEvent(event: unknown, raw: string | null, place: string): void {
    if (!this.give(event)) this.refuse(event, raw ?? rawText(event), place);
  }

  /** False: the event is none, or the schema refuses it, and `refuse` must follow. */
  give(event: unknown): boolean {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return false;
    const builder = this.#builder;
    const names = this.#names;
    const tokens = this.#tokens;
    const tokenOfSlot = this.#tokenOfSlot;
    for (let slot = 0; slot < names.length; slot++) {
      if (tokens !== null && tokenOfSlot[slot]! >= 0) {
        setToken(this.#builder, slot, tokens[tokenOfSlot[slot]!]);
        continue;
      }
      const name = names[slot];
      const value = name === undefined ? valueAt(event, this.#paths[slot]!) : (event as Members)[name];
      if (typeof value === 'object' && value instanceof Instant) builder.setInstant(slot, value.us);
      else builder.setValue(slot, value);
    }
    return builder.commit();
  }

  refuse(event: unknown, raw: string, place: string): void {
    if (isObject(event) && !isScalar(event)) return this.#builder.refuse({ raw, place });
    const what = event instanceof Instant ? 'a time' : shown(event);
    this.#builder.reject({ code: 'MR4006', reason: `${what}, where an object is expected`, raw, place });
  }
}

function setRead(builder: BatchBuilder, slot: number, reader: JsonReader, event: number, place: number): void {
  const { bytes } = reader;
  const from = reader.from(event, place);
  const to = reader.to(event, place);
  setScanned(builder, slot, reader.kind(event, place), reader.number(event, place), bytes, from, to);
}

/** What is an object to JavaScript, and one value to its format: no event, and not to be given. */
export function isScalar(value: unknown): boolean {
  return value instanceof Instant || value instanceof Uint8Array;
}

/** Why `parse` threw. */
export function parseFault(error: unknown): Fault {
  if (error instanceof RangeError) return { code: 'MR4024', reason: 'nested too deep' }; // of the stack
  return { code: 'MR4001', reason: `not JSON: ${firstLine(error)}` };
}

type Members = Readonly<Record<string, unknown>>;

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that comes from a subject in a live stream has its own name in a file. */
function pathOf(slot: BuilderSlot): readonly (string | number)[] {
  return slot.origin.kind === 'path' ? slot.origin.path : [slot.name];
}

function isPlainName(part: string | number): part is string {
  return typeof part === 'string' && !(part in Object.prototype);
}

/** Of own members only; undefined: there is none. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) !== (typeof part === 'number') || !Object.hasOwn(value, part)) return undefined;
    value = (value as Members)[part];
  }
  return value;
}

/** JSON.parse's third argument has the number as it was written (ES2025, source text access). */
function keepBigIntegers(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
  return INTEGER.test(source) ? BigInt(source) : value;
}

/** The engine's message; without the excerpt that V8 puts behind it, as the raw text stands beside it. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(/, (\.\.\.)?"?[^]*is not valid JSON$/, '')
    .split('\n', 1)[0]!
    .replace(/ in JSON at /, ' at ')
    .replace(/ \(line \d+ column \d+\)$/, ''); // of the text alone: the place in the file follows
}

const NO_TOKENS: Tokens = [];
const BIG_INTEGER = /\d{16}/;
const INTEGER = /^-?\d+$/;
