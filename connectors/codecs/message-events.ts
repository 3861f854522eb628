import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Fault } from '../../engine/batch/field-buffer.ts';
import { JsonEvents } from './json-event.ts';

/** What a transport says about a message. */
export type MessageContext = {
  /** Of the message, for the reasons of rejections. */
  readonly sequence: number;
  /** Fields that come from the subject are read from it; without one, under their own names. */
  readonly subject?: string | null;
  /** How the payload is packed, as its header says. */
  readonly encoding?: string | null;
};

/**
 * The events of one message on their way to the builder. Rejections say where in the message they stand, and their number
 * is bounded: a message of a few bytes may unpack to millions of events that are none.
 */
export class MessageEvents {
  readonly #builder: BatchBuilder;
  readonly #events: JsonEvents;
  #sequence = 0;
  #taken = 0; // of this message
  #rejected = 0;

  constructor(builder: BatchBuilder) {
    this.#builder = builder;
    this.#events = new JsonEvents(builder);
  }

  /** The first names of all paths. */
  get names(): ReadonlySet<string> {
    return this.#events.names;
  }

  begin({ sequence, subject }: MessageContext): void {
    this.#sequence = sequence;
    this.#events.subject = subject ?? null;
    this.#taken = 0;
    this.#rejected = 0;
  }

  /** Whether the events of a text were taken, since they look like earlier ones; if not, nothing has happened. */
  takeShaped(bytes: Buffer, from: number, to: number): boolean {
    const count = this.#events.takeShaped(bytes, from, to);
    if (count > 0) this.#taken += count;
    return count >= 0;
  }

  /** As JsonEvents.read: nothing has happened where it is -1. */
  read(bytes: Buffer, from: number, to: number): number {
    return this.#events.read(bytes, from, to);
  }

  get isList(): boolean {
    return this.#events.isList;
  }

  /** False: it is refused, and `refuseRead` must follow. */
  giveRead(event: number): boolean {
    if (!this.#events.giveRead(event)) return false;
    this.#taken++;
    return true;
  }

  refuseRead(event: number, within?: string): void {
    this.#rejected++;
    this.#events.refuseRead(event, this.#placeOf(within));
  }

  rawRead(event: number): string {
    return this.#events.rawRead(event);
  }

  parse(text: string): unknown {
    return this.#events.parse(text);
  }

  /** False: it is refused, and `refuse` must follow. */
  give(event: unknown): boolean {
    if (!this.#events.give(event)) return false;
    this.#taken++;
    return true;
  }

  /** `within` says which one it is: `item 3`, `line 3`. */
  refuse(event: unknown, raw: string, within?: string): void {
    this.#rejected++;
    this.#events.refuse(event, raw, this.#placeOf(within));
  }

  reject({ within, ...options }: Fault & { readonly raw: string; readonly within?: string }): void {
    this.#rejected++;
    this.#builder.reject({ ...options, place: this.#placeOf(within) });
  }

  /** Whether the rest of the message is not to be read, as nearly all of it is rejected; says so then. */
  isHopeless(raw: () => string): boolean {
    if (this.#rejected < MAX_REJECTED || this.#rejected <= this.#taken) return false;
    const reason = `the rest of the message is not read, as ${this.#rejected} of its events were rejected`;
    this.reject({ code: 'MR4025', reason, raw: raw() });
    return true;
  }

  #placeOf(within: string | undefined): string {
    const place = `sequence ${this.#sequence}`;
    return within === undefined ? place : `${place}, ${within}`;
  }
}

const MAX_REJECTED = 10_000;
