import type { BatchBuilder, BuilderSlot } from '../../engine/batch/batch-builder.ts';
import { shown } from '../../engine/batch/field-buffer.ts';

/**
 * Hands the fields of parsed JSON to a builder: an object is an event, a list is many. Paths are compiled once; a name
 * is looked up among the object's own members only, so `__proto__` and `constructor` are names like others.
 */
export class JsonEvents {
  readonly #builder: BatchBuilder;
  readonly #paths: readonly (readonly (string | number)[])[];
  readonly #names: readonly (string | undefined)[]; // of paths of one plain name, the usual case
  readonly #hasNanoseconds: boolean;

  constructor(builder: BatchBuilder) {
    this.#builder = builder;
    this.#paths = builder.slots.map(pathOf);
    this.#names = this.#paths.map(path => (path.length === 1 && isPlainName(path[0]!) ? path[0] : undefined));
    this.#hasNanoseconds = builder.source.time?.format === 'ns';
  }

  /** Takes one message's text; what is no event is rejected. */
  take(text: string, place: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
      if (this.#hasNanoseconds && BIG_INTEGER.test(text)) message = JSON.parse(text, keepBigIntegers);
    } catch (error) {
      this.#builder.reject({ code: 'MR4001', reason: `not JSON: ${firstLine(error)}`, raw: text, place });
      return;
    }
    if (!Array.isArray(message)) return this.takeEvent(message, text, place);
    for (const item of message) this.takeEvent(item, null, place);
  }

  /** `raw` is null where the event's text has to be made from it. */
  takeEvent(event: unknown, raw: string | null, place: string): void {
    const builder = this.#builder;
    if (typeof event !== 'object' || event === null || Array.isArray(event)) {
      const reason = `${shown(event)}, where an object is expected`;
      builder.reject({ code: 'MR4006', reason, raw: raw ?? textOf(event), place });
      return;
    }
    const names = this.#names;
    for (let slot = 0; slot < names.length; slot++) {
      const name = names[slot];
      const value = name === undefined ? valueAt(event, this.#paths[slot]!) : (event as Members)[name];
      builder.setValue(slot, value);
    }
    if (!builder.commit()) builder.refuse({ raw: raw ?? textOf(event), place });
  }
}

type Members = Readonly<Record<string, unknown>>;

/** A field that comes from a subject in a live stream has its own name in a file. */
function pathOf(slot: BuilderSlot): readonly (string | number)[] {
  return slot.origin.kind === 'path' ? slot.origin.path : [slot.name];
}

function isPlainName(part: string | number): part is string {
  return typeof part === 'string' && !(part in Object.prototype);
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
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

function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_name, member) => (typeof member === 'bigint' ? String(member) : member)) ?? String(value)
  );
}

/** The engine's message; without the excerpt that V8 puts behind it, as the raw text stands beside it. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .split('\n', 1)[0]!
    .replace(/, "?[^]*is not valid JSON$/, '')
    .replace(/ in JSON at /, ' at ')
    .replace(/ \(line \d+ column \d+\)$/, ''); // of the text alone: the place in the file follows
}

const BIG_INTEGER = /\d{16}/;
const INTEGER = /^-?\d+$/;
