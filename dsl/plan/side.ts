import type { Field } from './field.ts';

/**
 * What a source leaves aside, as events of their own by the source's key (MEANING.md 10): `late` ones have its fields and
 * `event_time`, `rejected` ones what SIDE_FIELDS says. Their time is their arrival; the key of a rejected one may be null.
 */
export type SideNode = {
  readonly kind: 'side';
  readonly id: string; // `motor#late`
  readonly input: string; // a source
  readonly side: Side;
  readonly fields: readonly Field[]; // those that are read, the key's among them
};

export type Side = 'late' | 'rejected';

/** What an event has that was left aside, beside the source's fields or, of a rejected one, the key's. */
export const SIDE_FIELDS: Readonly<Record<Side, readonly Field[]>> = {
  late: [{ name: 'event_time', type: 'time' }],
  rejected: [
    { name: 'event_time', type: 'time' }, // null where it could not be read
    { name: 'code', type: 'symbol' },
    { name: 'reason', type: 'string' },
    { name: 'raw', type: 'string' },
  ],
};
