import { ACTION_KINDS } from '../../../dsl/plan.ts';
import type { Scalar } from '../../../engine/batch.ts';
import type { OperatorAction } from '../../../engine/operators/rule/operator-action.ts';
import type { OpenAlert } from './alert-book.ts';

/** Of an alert that is named by its id alone, the run knows rule and key. */
export type WrittenAction =
  | OperatorAction
  | (Omit<OperatorAction, 'rule' | 'key' | 'alert'> & { readonly alert: string });

/** What an id is found by. */
type NamedAlert = Pick<OpenAlert, 'id' | 'rule' | 'key'>;

export const MAX_ACTION_BYTES = 65_536;

/**
 * What an operator did, as somebody wrote it: docs/connectors/nats-actions.md. Where only an alert is named, rule and key
 * are those of the one that is open. Throws what is wrong with it.
 */
export function parseAction(bytes: Uint8Array, open: Iterable<NamedAlert>): OperatorAction {
  if (bytes.length > MAX_ACTION_BYTES) throw new Error(`it is longer than ${MAX_ACTION_BYTES} bytes`);
  const json: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const written = json as { readonly [Name in keyof OperatorAction]?: unknown } | null; // each member is looked at
  const { action, rule = null, alert = null, by, comment = null, durationUs = null } = written ?? {};
  const kind = ACTION_KINDS.find(known => known === action);
  if (kind === undefined) throw new Error(`\`action\` is none of ${ACTION_KINDS.join(', ')}`);
  if (typeof by !== 'string') throw new Error('`by` does not say who did it');
  if (!isTextOrNull(rule) || !isTextOrNull(alert)) throw new Error('`rule` or `alert` is no text');
  if (!isTextOrNull(comment)) throw new Error('`comment` is no text');
  if (kind === 'comment' && comment === null) throw new Error('a comment has no text');
  if (!isDuration(durationUs)) throw new Error('`durationUs` is no whole number of microseconds');
  const target = rule === null ? targetOf(alert, open) : { rule, key: keyOf(written?.key), alert };
  return { action: kind, ...target, by, comment, durationUs };
}

function targetOf(id: string | null, open: Iterable<NamedAlert>): Pick<OperatorAction, 'rule' | 'key' | 'alert'> {
  if (id === null) throw new Error('it names no `rule` and no `alert`');
  for (const alert of open) {
    if (alert.id === id) return { rule: alert.rule, key: Object.values(alert.key), alert: id };
  }
  throw new Error(`no alert that has not cleared has the id ${id.slice(0, 64)}`);
}

/** One value may stand by itself; where rules are of everything together there is none. */
function keyOf(key: unknown): readonly Scalar[] {
  if (key === undefined || key === null) return [];
  const values: readonly unknown[] = Array.isArray(key) ? key : [key];
  if (values.every(isScalar)) return values;
  throw new Error('`key` does not have the values of the rule’s key, in the order of its fields');
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isDuration(value: unknown): value is number | null {
  return value === null || (Number.isSafeInteger(value) && Number(value) > 0);
}
