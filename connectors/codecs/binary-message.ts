import { type BinaryReader, Malformed } from './binary-reader.ts';
import { isScalar } from './json-event.ts';
import type { MessageBody } from './message-body.ts';
import type { MessageEvents } from './message-events.ts';
import { hexOf, rawText } from './raw-text.ts';

/**
 * A message of MessagePack or CBOR: an object, a list of them, or several of either one after the other. Of each event
 * only members that some field is read from are made. Where the bytes are broken, what stands before counts, and the rest
 * is one rejection, since nothing says where the next event would begin.
 */
export class BinaryMessages implements MessageBody {
  readonly #events: MessageEvents;
  readonly #reader: BinaryReader;
  readonly #format: string;
  readonly #names: ReadonlySet<string>;
  #items = 0; // of this message
  #at = 0; // where the present one begins

  constructor(events: MessageEvents, options: { readonly reader: BinaryReader; readonly format: string }) {
    this.#events = events;
    this.#reader = options.reader;
    this.#format = options.format;
    this.#names = events.names;
  }

  take(bytes: Buffer): void {
    this.#reader.open(bytes);
    this.#items = 0;
    this.#at = 0;
    try {
      if (bytes.length === 0) throw new Malformed('it is empty');
      this.#takeAll(bytes);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      const within = this.#items === 0 ? {} : { within: `byte ${this.#at}` };
      const reason = `not ${this.#format}: ${error.message}`;
      this.#events.reject({ code: 'MR4007', reason, raw: hexOf(bytes, this.#at), ...within });
    }
  }

  #takeAll(bytes: Buffer): void {
    const reader = this.#reader;
    while (!reader.isAtEnd) {
      this.#at = reader.at;
      const count = reader.enterList();
      const isList = count >= 0;
      for (let left = isList ? count : 1; left > 0 && !(left === Infinity && reader.endList()); left--) {
        if (!this.#takeEvent(bytes, isList) && this.#isHopeless(bytes)) return;
      }
    }
  }

  /** False: it was rejected. */
  #takeEvent(bytes: Buffer, isInList: boolean): boolean {
    const reader = this.#reader;
    const events = this.#events;
    this.#at = reader.at;
    const event = reader.event(this.#names);
    this.#items++;
    const { fault } = reader;
    if (fault === null && !isScalar(event) && events.give(event)) return true;
    const within = isInList || this.#items > 1 || !reader.isAtEnd ? `item ${this.#items}` : undefined;
    if (fault === null) events.refuse(event, this.#rawEvent(bytes), within);
    else events.reject({ ...fault, raw: hexOf(bytes, this.#at), ...(within === undefined ? {} : { within }) });
    return false;
  }

  /** Once more, with all that it has. */
  #rawEvent(bytes: Buffer): string {
    const reader = this.#reader;
    const { at } = reader;
    try {
      reader.at = this.#at;
      return rawText(reader.event(null));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return hexOf(bytes, this.#at); // in a part that nobody reads
    } finally {
      reader.at = at;
    }
  }

  #isHopeless(bytes: Buffer): boolean {
    const { at } = this.#reader;
    return at < bytes.length && this.#events.isHopeless(() => hexOf(bytes, at));
  }
}
