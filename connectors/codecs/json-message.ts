import { isUtf8 } from 'node:buffer';
import { parseFault } from './json-event.ts';
import { skipBlanks } from './json-scanner.ts';
import { beginning } from './line-decoder.ts';
import type { MessageBody } from './message-body.ts';
import type { MessageEvents } from './message-events.ts';
import { rawText } from './raw-text.ts';

/**
 * A message of JSON: an object, a list of them, or lines of either. Where `isLines` does not say so, it is one text if it
 * parses as one, and lines if one of them does.
 *
 * Benchmark: benchmarks/throughput (messages).
 */
export class JsonMessages implements MessageBody {
  readonly #events: MessageEvents;
  readonly #isLines: boolean;
  #hadLines = false; // in an earlier message, though nothing says so

  constructor(events: MessageEvents, { isLines }: { readonly isLines: boolean }) {
    this.#events = events;
    this.#isLines = isLines;
  }

  take(bytes: Buffer): void {
    if (this.#isLines || (this.#hadLines && this.#beginsWithLine(bytes))) return this.#takeLines(bytes);
    if (this.#takeRead(bytes, 0, bytes.length)) return;
    const text = wholeText(bytes);
    if (text !== null) {
      let message: unknown;
      try {
        message = this.#events.parse(text);
      } catch (error) {
        if (this.#hasLines(bytes)) return this.#takeLines(bytes);
        return this.#events.reject({ ...parseFault(error), raw: text });
      }
      this.#takeValue(message, text);
    } else if (this.#hasLines(bytes)) {
      this.#takeLines(bytes);
    } else {
      this.#events.reject({ code: 'MR4002', reason: 'not UTF-8', raw: beginning(bytes, 0, bytes.length) });
    }
  }

  /** Blank lines are skipped. */
  #takeLines(bytes: Buffer): void {
    const events = this.#events;
    let line = 0;
    for (let at = 0; at < bytes.length; ) {
      const end = lineEnd(bytes, at);
      line++;
      if (!this.#takeRead(bytes, at, end, line)) this.#takeLine(bytes, at, end, line);
      at = end + 1;
      if (at < bytes.length && events.isHopeless(() => beginning(bytes, at, bytes.length))) return;
    }
  }

  #takeLine(bytes: Buffer, from: number, to: number, line: number): void {
    const text = textOf(bytes, from, to)?.trim();
    if (text === '') return;
    if (text === undefined) {
      const raw = beginning(bytes, from, to);
      return this.#events.reject({ code: 'MR4002', reason: 'not UTF-8', raw, within: `line ${line}` });
    }
    let message: unknown;
    try {
      message = this.#events.parse(text);
    } catch (error) {
      return this.#events.reject({ ...parseFault(error), raw: text, within: `line ${line}` });
    }
    this.#takeValue(message, text, line);
  }

  /** False: it is not read this way, and nothing has happened. `line`: the text is one of several. */
  #takeRead(bytes: Buffer, from: number, to: number, line?: number): boolean {
    const events = this.#events;
    if (events.takeShaped(bytes, from, to)) return true;
    const count = events.read(bytes, from, to);
    for (let event = 0; event < count; event++) {
      if (events.giveRead(event)) continue;
      events.refuseRead(event, placeWithin(line, events.isList ? event : undefined));
      const next = event + 1;
      if (next < count && events.isHopeless(() => events.rawRead(next))) break;
    }
    return count >= 0;
  }

  #takeValue(message: unknown, text: string, line?: number): void {
    const events = this.#events;
    if (!Array.isArray(message)) {
      if (!events.give(message)) events.refuse(message, text, placeWithin(line, undefined));
      return;
    }
    for (let index = 0; index < message.length; index++) {
      if (events.give(message[index])) continue;
      events.refuse(message[index], rawText(message[index]), placeWithin(line, index));
      if (index + 1 < message.length && events.isHopeless(() => rawText(message[index + 1]))) return;
    }
  }

  /** Whether the first of several lines is a whole event or list, so that the message is no single text. */
  #beginsWithLine(bytes: Buffer): boolean {
    const end = lineEnd(bytes, 0);
    return skipBlanks(bytes, end, bytes.length) < bytes.length && this.#events.read(bytes, 0, end) >= 0;
  }

  /** Whether one of several lines is a whole event or list: else the message is one text that is broken. */
  #hasLines(bytes: Buffer): boolean {
    let tried = 0;
    for (let at = 0; at < bytes.length && tried < MAX_TRIED_LINES; ) {
      const end = lineEnd(bytes, at);
      if (at === 0 && end === bytes.length) return false;
      const text = textOf(bytes, at, end)?.trim();
      at = end + 1;
      if (text === undefined || (text[0] !== '{' && text[0] !== '[')) continue;
      tried++;
      try {
        this.#events.parse(text);
        this.#hadLines = true;
        return true;
      } catch {
        // Not this one.
      }
    }
    return false;
  }
}

/** In a message: of a line, counted from 1, of an item, counted from 0, or of both. */
function placeWithin(line: number | undefined, item: number | undefined): string | undefined {
  const parts = [...(line === undefined ? [] : [`line ${line}`]), ...(item === undefined ? [] : [`item ${item + 1}`])];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function textOf(bytes: Buffer, from: number, to: number): string | null {
  return wholeText(bytes.subarray(from, to));
}

/** Without a byte order mark; null: it is not UTF-8. */
function wholeText(bytes: Buffer): string | null {
  const text = bytes.toString();
  // What is no UTF-8 is read as U+FFFD, which may also stand there.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) return null;
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

function lineEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(NEWLINE, from);
  return end < 0 ? bytes.length : end;
}

const REPLACEMENT = '\ufffd';
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = 0xfeff;
/** Looked at for whether there are lines at all. */
const MAX_TRIED_LINES = 1_000;
