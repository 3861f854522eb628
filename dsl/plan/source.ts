import type { Field } from './field.ts';

/**
 * Events from outside. The id is the stream's name. `fields` are all declared ones, in order: every one is checked,
 * those with `isNeeded` become columns.
 */
export type SourceNode = {
  readonly kind: 'source';
  readonly id: string;
  readonly connector: string; // nats, file, memory …
  readonly address: string; // paths of `file` are as written; `directory` says what they are relative to
  readonly directory: string;
  readonly codec: string | null;
  readonly key: readonly string[]; // names of fields; none: the stream is one key
  readonly fields: readonly SourceField[];
  readonly time: SourceTime | null; // null: event time is arrival
  readonly latenessUs: number;
  readonly idleUs: number | null; // null: never
  readonly staleUs?: number; // as `idle` says, where it is stated: alerts of a key that is silent for so long say so
  readonly futureUs: number | null; // null: 1h where the source records arrivals, 1d where not (MEANING.md 1)
  readonly expireUs: number | null; // a key that is unseen for so long is forgotten, if nothing of it is pending; null: never
  readonly unique?: UniqueEvents; // absent: every event is taken
};

/**
 * An event is left out where it equals one of its key that was taken less than `withinUs` before, by arrival: in these
 * fields, and in its time where `isOfTime` says so. Null is equal to null. The key's fields are not among them.
 */
export type UniqueEvents = {
  readonly fields: readonly string[];
  readonly isOfTime: boolean;
  readonly withinUs: number;
};

export type SourceField = Field & {
  readonly isNeeded: boolean;
  readonly from: FieldOrigin;
  /** true: a JSON string that reads as a number is taken (`= number($.t)`); CSV's numbers always are. */
  readonly isNumberFromText: boolean;
  /** Applied left to right to a number, exactly as written: `$.t * 0.1 - 50`. */
  readonly scaling: readonly { readonly operator: '+' | '-' | '*' | '/'; readonly by: number }[];
  readonly range: { readonly low: number; readonly high: number } | null; // inclusive; outside: rejected
  readonly default: string | number | boolean | null; // of a missing or null field
};

/**
 * Where a field's value stands in a message: a path in the payload (CSV: one segment, the column), or a subject token from 1.
 * `identity`: what the source knows its events by, where a raw series is stored: its own name, the sequence of the message,
 * and the event's place in it. These fields come last, and rules do not see them.
 */
export type FieldOrigin =
  | { readonly kind: 'path'; readonly path: readonly (string | number)[] }
  | { readonly kind: 'subject'; readonly token: number }
  | { readonly kind: 'identity'; readonly part: 'source' | 'sequence' | 'item' };

/** The names of such fields, by what they are of an event. */
export const IDENTITY_COLUMNS = { source: '#source', sequence: '#sequence', item: '#item' } as const;

export type SourceTime = {
  readonly from: FieldOrigin;
  readonly format: 's' | 'ms' | 'us' | 'ns' | 'iso';
};
