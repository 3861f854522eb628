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
  // Learning a shape costs as much as some hundred events: but for the first ones, one of so many texts teaches one.
  #learned = 0;
  #textsSinceLearned = 0;
  // A text that is not taken costs more than another one saves:
  #credit = MOST_CREDIT;
  #pause = LEAST_PAUSE;
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
    this.#textsSinceLearned++;
    if (this.#pausedTexts > 0) {
      this.#pausedTexts--;
      return NOT_READ;
    }
    const at = skipBlanks(bytes, from, to);
    if (at === to) return NOT_READ;
    this.#builder.begin();
    this.#unknownAt = NOT_READ;
    const count = this.#takeText(bytes, at, to, tokens);
    if (count >= 0) {
      if (this.#credit < MOST_CREDIT) this.#credit++;
      else this.#pause = LEAST_PAUSE;
      return count;
    }
    this.#builder.takeBack();
    this.#credit -= PRICE;
    if (this.#unknownAt >= 0) this.#meet(bytes, this.#unknownAt, to);
    if (this.#credit < 0) this.#rest();
    return NOT_READ;
  }

  #rest(): void {
    this.#credit = 0;
    this.#pausedTexts = this.#pause;
    this.#pause = Math.min(this.#pause * 2, MOST_PAUSE);
  }

  #takeText(bytes: Buffer, from: number, to: number, tokens: Tokens): number {
    const { scanner } = this.#reader;
    scanner.allBits = 0;
    const isList = bytes[from] === OPEN_LIST;
    const end = isList ? this.#takeItems(bytes, from, to, tokens) : this.#takeEvent(bytes, from, to, tokens);
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
      const end = readShape(bytes, from, to);
      if (end < 0) continue;
      if (i > 0) {
        shapes[i] = shapes[0]!;
        shapes[0] = readShape;
      }
      return this.#commit(tokens) ? end : NOT_READ;
    }
    this.#unknownAt = from;
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
    const isEarly = this.#learned < MAX_SHAPES;
    if (!isEarly && this.#textsSinceLearned < TEXTS_A_SHAPE) return;
    this.#learned++;
    this.#textsSinceLearned = 0;
    if (isEarly) this.#credit = MOST_CREDIT;
    const shape = shapeOf(bytes, from, to, this.#wanted);
    if (shape === null) return;
    if (this.#shapes.length === MAX_SHAPES) this.#shapes.pop();
    this.#shapes.unshift(compileShape(shape, this.#builder, this.#reader));
  }
}

/** Of a text that is not taken, in texts that are. */
const PRICE = 3;
const MOST_CREDIT = 30;
/** In texts that are left to the general way. */
const LEAST_PAUSE = 16;
const MOST_PAUSE = 4_096;
const MAX_SHAPES = 8;
const TEXTS_A_SHAPE = 16_384;
