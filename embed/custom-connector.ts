import type { Field } from '../dsl/plan.ts';
import type { OutputRow } from '../engine/connector.ts';
import type { AlertChange } from '../engine/operator.ts';
import type { ProgramEvent } from './inboxes.ts';

/** A message that a connector of the program has read, or the news that time has gone on. */
export type SourceMessage =
  | {
      /**
       * Bytes and text are read as the stream's codec says, JSON without one. An object is one event, a list of objects are
       * several.
       */
      readonly content: Uint8Array | string | ProgramEvent | readonly ProgramEvent[];
      /**
       * Of this message, higher than of all before, and the same whenever it is read: a checkpoint remembers it. Without it
       * messages are counted on from the last checkpoint.
       */
      readonly sequence?: number;
      /** When it came, in microseconds since 1970, of a connector with `recordsArrivals`. Default: as it is handed over. */
      readonly arrivalUs?: number;
      /** Whose tokens `subject[2]` reads. */
      readonly subject?: string;
    }
  /** Of a connector with `recordsArrivals`, while it is quiet: nothing that comes later arrived before this. */
  | { readonly tickUs: number };

/** What `write` takes, in order. The rows of a source are its events. */
export type SinkOutput =
  | { readonly kind: 'alerts'; readonly changes: readonly AlertChange[] }
  | {
      readonly kind: 'rows';
      readonly stream: string;
      /** The names and units of what rows have, the key's beside the others. */
      readonly fields: readonly Field[];
      readonly rows: readonly OutputRow[];
    };

/** What `read` is asked for. */
export type ReadOptions = {
  /** Of the stream that reads. */
  readonly stream: string;
  /** As the rule file has it: `from plc "hall 3"`. */
  readonly address: string;
  /** The sequence of the last message that the state knows: go on behind it. Null: the state knows none. */
  readonly after: number | null;
  /** Aborts when nothing more is wanted. Within 2 s the messages have to end then. */
  readonly signal: AbortSignal;
};

/**
 * A way in or out that the program brings with it: `stream motor from plc "hall 3" { … }`, `route alerts to pager "night"`. It
 * has one of `read` and `write`, or both.
 */
export type CustomConnector = {
  /** The word in rules: small letters, digits and `_`, none that there is already (MR7205). */
  readonly name: string;
  /**
   * The messages of one stream, in order; an `async *` function is one way. Called once a stream and run. The run asks for the
   * next message only while fewer than 1,000 wait, which is its back-pressure. Where the messages end, so does the stream. What
   * is thrown ends the run with MR5501, or as the MillraceError that it is: try again inside, for as long as it makes sense.
   */
  read?(options: ReadOptions): AsyncIterable<SourceMessage>;
  /**
   * Its messages say when they came, the same whenever they are read and never falling, and ticks say how time goes on. Then a run
   * that was killed gives to the last bit what it would have given. Without it, arrival is when a message is handed over.
   */
  readonly recordsArrivals?: boolean;
  /** Messages up to here are in a checkpoint that is durable; no run will ask for them again. */
  acknowledge?(options: {
    readonly stream: string;
    readonly address: string;
    readonly sequence: number;
  }): Promise<void>;
  /**
   * Takes alerts or rows, in order, one call at a time; resolves when they are as safe as the receiver makes them. What it throws is
   * told once (MR5502) and the same input tried again, with pauses of up to 10 s, until it is taken; a MillraceError that says
   * `retry: 'never'` ends the run instead. After a crash the last inputs may come again: alerts with the same `id` and `change`.
   */
  write?(output: SinkOutput, options: { readonly address: string | null }): Promise<void>;
  /** The run is over. */
  close?(): Promise<void>;
};

/** What messages hold, where it is none of json, ndjson, msgpack, cbor: `stream motor from nats "plant.*" acme { … }`. */
export type CustomCodec = {
  /** The word in rules, as of a connector. Also behind `from nats`, `from journal` and connectors of the program. */
  readonly name: string;
  /**
   * The events of one message, as JSON would have them. Pure: the same bytes give the same events. What it throws rejects the message
   * (MR4026), and the stream goes on.
   */
  decode(payload: Uint8Array, message: { readonly subject: string | null }): Iterable<ProgramEvent>;
};
