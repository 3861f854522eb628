import type { Field } from './field.ts';

/** The series of a stream, kept for `keepUs` (null: for ever); of a source also the series of what it rejects. */
export type StoreNode = {
  readonly kind: 'store';
  readonly id: string;
  readonly input: string;
  readonly keepUs: number | null;
};

/** Of what is read of a stream, of what it rejects, of what another stream gives. */
export type SeriesKind = 'raw' | 'rejected' | 'derived';

/** What a series has beside `time`, the key and the stream's fields. */
export const SERIES_FIELDS: Readonly<Record<SeriesKind, readonly Field[]>> = {
  /** When an event came, whether late, and which it is. */
  raw: [
    { name: 'arrived', type: 'time' },
    { name: 'late', type: 'bool' },
    { name: 'source', type: 'symbol' },
    { name: 'seq', type: 'int' },
    { name: 'item', type: 'int' },
  ],
  /** A row of a higher revision takes the place of one; a void row is none. */
  derived: [
    { name: 'revision', type: 'int' },
    { name: 'void', type: 'bool' },
  ],
  /** Time is arrival; the key is null where it could not be read. No field of the stream is in it. */
  rejected: [
    { name: 'event_time', type: 'time' },
    { name: 'code', type: 'symbol' },
    { name: 'reason', type: 'string' },
    { name: 'raw', type: 'string' },
    { name: 'source', type: 'symbol' },
    { name: 'seq', type: 'int' },
    { name: 'item', type: 'int' },
  ],
};

/** The name of the series of what a stored source rejects. */
export function rejectedSeries(stream: string): string {
  return `${stream}_rejected`;
}
