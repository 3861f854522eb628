import type { MessageBody } from './message-body.ts';
import type { MessageContext, MessageEvents } from './message-events.ts';
import { hexOf, rawText } from './raw-text.ts';

/** A codec of the program: the events of one message's payload, as JSON would have them. What it throws rejects the message. */
export type DecodeMessage = (
  payload: Uint8Array,
  message: { readonly subject: string | null },
) => Iterable<Readonly<Record<string, unknown>>>;

/** A message of a form that the program reads itself. */
export class OwnMessages implements MessageBody {
  readonly #events: MessageEvents;
  readonly #name: string;
  readonly #decode: DecodeMessage;

  constructor(events: MessageEvents, options: { readonly name: string; readonly decode: DecodeMessage }) {
    this.#events = events;
    this.#name = options.name;
    this.#decode = options.decode;
  }

  take(bytes: Buffer, { subject = null }: MessageContext): void {
    try {
      takeObjects(this.#decode(bytes, { subject }), this.#events);
    } catch (error) {
      const reason = `not ${this.#name}: ${error instanceof Error ? error.message : String(error)}`;
      this.#events.reject({ code: 'MR4026', reason, raw: hexOf(bytes, 0) });
    }
  }
}

/** Events that are objects already; what is none is rejected, and the rest goes on. */
export function takeObjects(objects: Iterable<unknown>, events: MessageEvents): void {
  let item = 0;
  for (const object of objects) {
    item++;
    if (events.give(object)) continue;
    events.refuse(object, rawText(object), `item ${item}`);
    if (events.isHopeless(() => rawText(object))) return;
  }
}
