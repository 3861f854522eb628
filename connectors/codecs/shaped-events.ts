import { isUtf8 } from 'node:buffer';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { CLOSE_LIST, COMMA, NOT_READ, OPEN_LIST, skipBlanks } from './json-scanner.ts';
import { shapeOf, type WantedValue, wantedValues } from './json-shape.ts';
import { compileShape, type ReadShape } from './shape-code.ts';
import { SlotReader } from './slot-reader.ts';
import { setToken, type Tokens } from './subject-tokens.ts';

/**
 * Takes events that look like earlier ones from their bytes straight into the builder. It learns their shapes from events
 * that are new to it, and takes a text as a whole or not at all: another shape, or an event that the schema refuses, and
 * nothing has happened. Then the general way is gone, and what it does is what counts.
 *
 * Benchmark: benchmarks/throughput (messages).
 */
export class ShapedEvents {
  readonly #builder: BatchBuilder;
  readonly #wanted: WantedValue;
  readonly #tokenSlots: readonly number[]; // those that are set to tokens of the subject, in their order
  readonly #reader: SlotReader;
  readonly #shapes: ReadShape[] = []; // that of the last event first
  #items = 0; // of the list that is being taken
  #unknownAt = NOT_READ; // where an event of no shape begins
  // Learning a shape costs as much as many events, so that each is learned after twice as many texts as the one before:
  #textsToLearn = 1;
  #unknownTexts = 0;
  #failures = 0; // without a text between them that was taken
  #pausedTexts = 0;

  constructor(
    builder: BatchBuilder,
    options: {
      readonly paths: readonly (readonly (string | number)[])[];
      readonly tokenSlots: readonly number[];
      readonly hasBigIntegers: boolean;
    },
  ) {
    const { paths, tokenSlots } = options;
    const slots = paths.map((_, slot) => slot).filter(slot => !tokenSlots.includes(slot));
    this.#builder = builder;
    this.#tokenSlots = tokenSlots;
    this.#wanted = wantedValues(
      slots.map(slot => paths[slot]!),
      slots,
    );
    this.#reader = new SlotReader(builder, options);
  }

  /** How many events of a text were taken: an event, or a list of them. -1: nothing has happened. */
  take(bytes: Buffer, from: number, to: number, tokens: Tokens): number {
    if (this.#pausedTexts > 0) {
      this.#pausedTexts--;
      return NOT_READ;
    }
    this.#builder.begin();
    this.#unknownAt = NOT_READ;
    const count = this.#takeText(bytes, from, to, tokens);
    if (count >= 0) {
      this.#failures = 0;
      return count;
    }
    this.#builder.takeBack();
    if (this.#unknownAt >= 0) this.#meet(bytes, this.#unknownAt, to);
    this.#failures++;
    if (this.#failures > PATIENCE) this.#pausedTexts = Math.min(2 ** (this.#failures - PATIENCE), MAX_PAUSE);
    return NOT_READ;
  }

  #takeText(bytes: Buffer, from: number, to: number, tokens: Tokens): number {
    const { scanner } = this.#reader;
    scanner.allBits = 0;
    const at = skipBlanks(bytes, from, to);
    const isList = bytes[at] === OPEN_LIST;
    const end = isList ? this.#takeItems(bytes, at, to, tokens) : this.#takeEvent(bytes, at, to, tokens);
    if (end < 0 || skipBlanks(bytes, end, to) !== to) return NOT_READ;
    if (scanner.allBits > 0x7f && !isUtf8(bytes.subarray(from, to))) return NOT_READ;
    return isList ? this.#items : 1;
  }

  #takeItems(bytes: Buffer, from: number, to: number, tokens: Tokens): number {
    this.#items = 0;
    let at = skipBlanks(bytes, from + 1, to);
    if (bytes[at] === CLOSE_LIST) return at + 1;
    for (;;) {
      at = this.#takeEvent(bytes, at, to, tokens);
      if (at < 0) return NOT_READ;
      this.#items++;
      at = skipBlanks(bytes, at, to);
      if (bytes[at] === CLOSE_LIST) return at + 1;
      if (bytes[at] !== COMMA) return NOT_READ;
      at = skipBlanks(bytes, at + 1, to);
    }
  }

  #takeEvent(bytes: Buffer, from: number, to: number, tokens: Tokens): number {
    const shapes = this.#shapes;
    for (let i = 0; i < shapes.length; i++) {
      const readShape = shapes[i]!;
      const end = readShape(bytes, from, to, this.#reader);
      if (end < 0) continue;
      if (i > 0) {
        shapes[i] = shapes[0]!;
        shapes[0] = readShape;
      }
      return this.#commit(tokens) ? end : NOT_READ;
    }
    if (from < to) this.#unknownAt = from;
    return NOT_READ;
  }

  #commit(tokens: Tokens): boolean {
    const builder = this.#builder;
    const tokenSlots = this.#tokenSlots;
    for (let i = 0; i < tokenSlots.length; i++) setToken(builder, tokenSlots[i]!, tokens[i]);
    return builder.commit();
  }

  /** An event that looks like none before. */
  #meet(bytes: Buffer, from: number, to: number): void {
    this.#unknownTexts++;
    if (this.#unknownTexts < this.#textsToLearn) return;
    this.#unknownTexts = 0;
    this.#textsToLearn = Math.min(this.#textsToLearn * 2, MAX_TEXTS_TO_LEARN);
    const shape = shapeOf(bytes, from, to, this.#wanted);
    if (shape === null) return;
    if (this.#shapes.length === MAX_SHAPES) this.#shapes.pop();
    this.#shapes.unshift(compileShape(shape));
  }
}

/** Failures after which texts are left to the general way, twice as many after each. */
const PATIENCE = 8;
const MAX_PAUSE = 256;
const MAX_SHAPES = 8;
const MAX_TEXTS_TO_LEARN = 4_096;
