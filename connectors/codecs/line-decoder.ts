import { isUtf8 } from 'node:buffer';
import { type BatchBuilder, MAX_RAW_CHARACTERS } from '../../engine/batch/batch-builder.ts';
import type { Decoder } from './decoder.ts';

/**
 * What formats of lines share: finding whole lines, UTF-8, lines that are too long, and a last line without an end.
 * Lines that are too long are skipped in bounded memory: it keeps their first characters only.
 */
export abstract class LineDecoder implements Decoder {
  line: number;
  protected readonly builder: BatchBuilder;
  protected readonly maxEventBytes: number;
  /** Whether all lines of the present region are UTF-8; where not, `take` looks at each. */
  protected isRegionUtf8 = true;
  #regionBytes = 0; // from the next event on: whole lines, known to end with \n
  #skipped: string | null = null; // the beginning of a line that is too long, while it is skipped

  constructor(options: { readonly builder: BatchBuilder; readonly maxEventBytes: number; readonly line: number }) {
    this.builder = options.builder;
    this.maxEventBytes = options.maxEventBytes;
    this.line = options.line;
  }

  /**
   * Takes the event that begins at `at` and returns the place behind it, or INCOMPLETE if it goes on beyond `end`.
   * bytes[end - 1] is \n.
   */
  protected abstract take(bytes: Buffer, at: number, end: number): number;

  /** Rejects the line at `at`, which begins an event that never ends, and returns the place behind the line. */
  protected abstract giveUp(bytes: Buffer, at: number, end: number): number;

  get isBetweenEvents(): boolean {
    return this.#skipped === null;
  }

  decode(bytes: Buffer, from: number, to: number, isLast: boolean): number {
    let at = this.#skipped === null ? from : this.#skip(bytes, from, to, isLast);
    if (this.#skipped !== null) return at;
    if (this.#regionBytes === 0) this.#findRegion(bytes, at, to);
    const end = at + this.#regionBytes;
    let isComplete = true;
    while (isComplete && at < end && this.builder.hasRoom) {
      const next = this.take(bytes, at, end);
      if (next !== INCOMPLETE) at = next;
      else if ((isLast && to === end) || to - at > this.maxEventBytes) at = this.giveUp(bytes, at, end);
      else isComplete = false;
    }
    this.#regionBytes = isComplete ? end - at : 0;
    if (this.#regionBytes > 0 || at === to || !this.builder.hasRoom) return at;
    if (isLast) return this.#takeTail(bytes, at, to);
    // Only at the start of a call, so that what was taken before has a position of its own.
    if (isComplete && at === from && to - at > this.maxEventBytes) {
      this.#skipped = beginning(bytes, at, to);
      return to;
    }
    return at;
  }

  protected rejectLine(options: { readonly code: string; readonly reason: string; readonly raw: string }): void {
    this.builder.startMessage(this.line + 1);
    this.builder.reject({ ...options, place: this.place });
  }

  protected get place(): string {
    return `line ${this.line + 1}`;
  }

  protected rejectTooLong(raw: string): void {
    const megabytes = this.maxEventBytes / 1024 / 1024;
    this.rejectLine({ code: 'MR4003', reason: `longer than ${megabytes} MB`, raw });
  }

  #findRegion(bytes: Buffer, from: number, to: number): void {
    const last = to > from ? bytes.lastIndexOf(NEWLINE, to - 1) : -1;
    this.#regionBytes = Math.max(last + 1 - from, 0);
    this.isRegionUtf8 = isUtf8(bytes.subarray(from, from + this.#regionBytes));
  }

  /** The last line has no end of its own: it is taken from a copy that has one. */
  #takeTail(bytes: Buffer, from: number, to: number): number {
    const tail = Buffer.concat([bytes.subarray(from, to), Buffer.from('\n')]);
    this.isRegionUtf8 = isUtf8(tail);
    let at = 0;
    while (at < tail.length && this.builder.hasRoom) {
      const next = this.take(tail, at, tail.length);
      at = next === INCOMPLETE ? this.giveUp(tail, at, tail.length) : next;
    }
    return Math.min(from + at, to);
  }

  #skip(bytes: Buffer, from: number, to: number, isLast: boolean): number {
    const newline = from < to ? bytes.indexOf(NEWLINE, from) : -1;
    const isEnd = newline >= 0 && newline < to;
    if (!isEnd && !isLast) return to;
    this.rejectTooLong(this.#skipped!);
    this.#skipped = null;
    this.line++;
    return isEnd ? newline + 1 : to;
  }
}

/** The first characters of a message, as `raw` of its rejection. What is no UTF-8 shows as U+FFFD there. */
export function beginning(bytes: Buffer, from: number, to: number): string {
  while (to > from && (bytes[to - 1] === NEWLINE || bytes[to - 1] === CARRIAGE_RETURN)) to--;
  return bytes.toString('utf8', from, Math.min(to, from + 4 * MAX_RAW_CHARACTERS)).slice(0, MAX_RAW_CHARACTERS);
}

export const INCOMPLETE = -1;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
