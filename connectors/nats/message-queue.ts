import type { MsgHdrs } from '@nats-io/transport-node';

/**
 * A message that was delivered in order and waits to be read: what is read of it, and not the client's object, as thousands
 * that wait are what the garbage collector has to move.
 */
export type WaitingMessage = {
  readonly payload: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  readonly subject: string | null; // null: it is not asked for
  readonly reply: string;
  readonly sequence: number;
  readonly timeUs: number;
  readonly bytes: number;
  /** Messages before it, and behind the one before, that will never come; null: none. */
  readonly removed: RemovedMessages | null;
};

export type RemovedMessages = {
  readonly count: number;
  readonly isExact: boolean;
  readonly from: number;
  readonly to: number;
};

/** First in, first out. Whoever asks for messages bounds it: docs/connectors/nats.md. */
export class MessageQueue {
  readonly #messages: (WaitingMessage | undefined)[] = []; // from #start on; undefined once it was taken
  #start = 0;
  #bytes = 0;

  get size(): number {
    return this.#messages.length - this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(waiting: WaitingMessage): void {
    this.#messages.push(waiting);
    this.#bytes += waiting.bytes;
  }

  shift(): WaitingMessage | undefined {
    if (this.size === 0) return undefined;
    const waiting = this.#messages[this.#start]!;
    this.#messages[this.#start++] = undefined;
    this.#bytes -= waiting.bytes;
    if (this.#start === this.#messages.length) {
      this.#messages.length = 0;
      this.#start = 0;
    } else if (this.#start > COMPACT_AT && this.#start * 2 > this.#messages.length) {
      this.#messages.splice(0, this.#start);
      this.#start = 0;
    }
    return waiting;
  }
}

const COMPACT_AT = 1024;
