import type { Field } from './field.ts';

/**
 * Changes of the alerts of rules as events of their own (MEANING.md 26), at the instant of the arrival clock at
 * which they happen. Their key has the fields that the keys of all these rules have; `carried` are values that all their alerts
 * carry. A field that is none of these, nor among ALERT_FIELDS, is a label.
 */
export type AlertsNode = {
  readonly kind: 'alerts';
  readonly id: string; // `motor#alerts`
  readonly input: string; // a source
  readonly others?: readonly string[]; // sources of further rules, in the file's order; absent: there is none
  readonly rules: readonly string[]; // ids of nodes
  readonly key: readonly Field[];
  readonly carried: readonly Field[];
  readonly fields: readonly Field[]; // those that are read, the key's among them
};

export const ALERT_FIELDS: readonly Field[] = [
  { name: 'rule', type: 'symbol' },
  { name: 'severity', type: 'severity' },
  { name: 'change', type: 'symbol' },
  { name: 'id', type: 'string' },
  { name: 'message', type: 'string' },
  { name: 'event_time', type: 'time' },
];
