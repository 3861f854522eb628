import { isUtf8 } from 'node:buffer';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Decoder } from './decoder.ts';
import { JsonEvents } from './json-event.ts';
import { beginning } from './line-decoder.ts';

/**
 * A JSON document, item by item: a list of objects, lists of such lists, or objects one after the other, over as many
 * lines as they like. Items are found by their brackets and quotes, so what is wrong inside one costs that one only; it
 * needs memory for one item, not for the document. What stands between items (commas, blanks, brackets of lists) is not
 * checked.
 */
export class JsonSequenceDecoder implements Decoder {
  line = 0; // items
  readonly #builder: BatchBuilder;
  readonly #events: JsonEvents;
  readonly #maxEventBytes: number;
  #skipped: string | null = null; // the beginning of an item that is too long, while it is skipped
  // How far the scan has come into the item that is being read:
  #scannedBytes = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  constructor(options: { readonly builder: BatchBuilder; readonly maxEventBytes: number }) {
    this.#builder = options.builder;
    this.#events = new JsonEvents(options.builder);
    this.#maxEventBytes = options.maxEventBytes;
  }

  get isBetweenEvents(): boolean {
    return this.#skipped === null;
  }

  decode(bytes: Buffer, from: number, to: number, isLast: boolean): number {
    let at = from;
    while (this.#builder.hasRoom) {
      if (this.#scannedBytes === 0 && this.#skipped === null) at = this.#skipGap(bytes, at, to);
      if (at === to && this.#skipped === null) return at;
      const end = this.#itemEnd(bytes, at, to);
      if (end < 0 && !isLast) return this.#wait(bytes, from, at, to);
      this.#finish(bytes, at, end < 0 ? to : end);
      at = end < 0 ? to : end;
    }
    return at;
  }

  /** Lists are looked into, however deep, so that a place between items says all that is needed to go on from it. */
  #skipGap(bytes: Buffer, at: number, to: number): number {
    while (at < to && isGap(bytes[at]!)) at++;
    return at;
  }

  /** The place behind the item at `at`, or -1 if it goes on. */
  #itemEnd(bytes: Buffer, start: number, to: number): number {
    for (let at = start + this.#scannedBytes; at < to; at++) {
      const byte = bytes[at]!;
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
        else if (byte === NEWLINE) return at; // no string has one: a quote was forgotten
      } else if (byte === QUOTE) {
        this.#isInString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        this.#depth++;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (this.#depth === 0) return Math.max(at, start + 1); // ends a number or a word; a bracket too many is an item
        if (--this.#depth === 0) return at + 1;
      } else if (this.#depth === 0 && (byte <= BLANK || byte === COMMA)) {
        return at;
      }
    }
    this.#scannedBytes = to - start;
    return -1;
  }

  #wait(bytes: Buffer, from: number, at: number, to: number): number {
    const isTooLong = to - at > this.#maxEventBytes;
    // Only at the start of a call, so that what was taken before has a position of its own.
    if (this.#skipped === null && !(isTooLong && at === from)) return at;
    this.#skipped ??= beginning(bytes, at, to);
    this.#scannedBytes = 0;
    return to;
  }

  #finish(bytes: Buffer, at: number, end: number): void {
    const place = `item ${this.line + 1}`;
    this.#builder.startMessage(this.line + 1);
    if (this.#skipped !== null || end - at > this.#maxEventBytes) {
      const reason = `longer than ${this.#maxEventBytes / 1024 / 1024} MB`;
      this.#builder.reject({ code: 'MR4003', reason, raw: this.#skipped ?? beginning(bytes, at, end), place });
    } else if (!isUtf8(bytes.subarray(at, end))) {
      this.#builder.reject({ code: 'MR4002', reason: 'not UTF-8', raw: beginning(bytes, at, end), place });
    } else {
      this.#events.take(bytes, at, end, () => place);
    }
    this.line++;
    this.#skipped = null;
    this.#scannedBytes = 0;
    this.#depth = 0;
    this.#isInString = false;
    this.#isEscaped = false;
  }
}

function isGap(byte: number): boolean {
  return byte <= BLANK || byte === COMMA || byte === OPEN_LIST || byte === CLOSE_LIST;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const BLANK = 0x20;
