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
  return new AlertIds(Object.keys(key)).of(JSON.stringify(rule), key, raisedUs);
}

/** Ids of alerts whose keys have these fields. Of the JSON only values are made anew: of all of it, it takes as long as the hash. */
export class AlertIds {
  readonly #fields: readonly string[]; // in order
  readonly #before: readonly string[]; // each field's value

  constructor(keyFields: readonly string[]) {
    this.#fields = keyFields.toSorted();
    this.#before = this.#fields.map((field, i) => `${i === 0 ? '' : '],'}[${JSON.stringify(field)},`);
  }

  /** `rule`: its name as JSON. */
  of(rule: string, key: AlertIdentity['key'], raisedUs: number): string {
    let text = `[${rule},[`;
    for (let i = 0; i < this.#fields.length; i++) text += this.#before[i]! + JSON.stringify(key[this.#fields[i]!]);
    text += `${this.#fields.length === 0 ? '' : ']'}],${raisedUs}]`;
    return hash('sha256', text).slice(0, 32);
  }
}
