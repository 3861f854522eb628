import { hash } from 'node:crypto';
import type { Scalar } from '../../batch.ts';

export type AlertIdentity = {
  readonly rule: string;
  readonly key: Readonly<Record<string, Scalar>>;
  readonly raisedUs: number;
};

/**
 * The id of one occurrence of an alert: the first 16 bytes, in hex, of the SHA-256 of `[rule, [[field, value] …], time
 * raised]` as JSON, the key's fields in order of their names. A replay raises the same one.
 */
export function alertId({ rule, key, raisedUs }: AlertIdentity): string {
  const fields = Object.keys(key).sort();
  const text = JSON.stringify([rule, fields.map(field => [field, key[field]]), raisedUs]);
  return hash('sha256', text).slice(0, 32);
}
