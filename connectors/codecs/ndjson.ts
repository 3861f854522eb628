import { isUtf8 } from 'node:buffer';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { JsonEvents } from './json-event.ts';
import { beginning, LineDecoder } from './line-decoder.ts';

/** One JSON object, or a list of them, a line. Blank lines are skipped. */
export class NdjsonDecoder extends LineDecoder {
  readonly #events: JsonEvents;

  constructor(options: { readonly builder: BatchBuilder; readonly maxEventBytes: number }) {
    super({ ...options, line: 0 });
    this.#events = new JsonEvents(options.builder);
  }

  protected take(bytes: Buffer, at: number): number {
    const next = bytes.indexOf(NEWLINE, at) + 1;
    if (next - at > this.maxEventBytes) {
      this.rejectTooLong(beginning(bytes, at, next));
    } else if (!this.isRegionUtf8 && !isUtf8(bytes.subarray(at, next))) {
      this.rejectLine({ code: 'MR4002', reason: 'not UTF-8', raw: beginning(bytes, at, next) });
    } else {
      this.builder.startMessage(this.line + 1);
      this.#events.take(bytes, at, next, () => this.place);
    }
    this.line++;
    return next;
  }

  protected giveUp(): number {
    throw new Error('MR9001: a line of JSON ends with its line');
  }
}

const NEWLINE = 0x0a;
