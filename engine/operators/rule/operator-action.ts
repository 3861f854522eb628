import type { ActionKind, AlertChangeKind } from '../../../dsl/plan.ts';
import type { Scalar } from '../../batch.ts';
import type { Snapshot } from '../../operator.ts';

/** The recorded input that operators' actions come by (MEANING.md 25). */
export const ACTIONS = 'actions';

/** What somebody did to an alert, or to what a rule says of one key. */
export type OperatorAction = {
  readonly action: ActionKind;
  readonly rule: string;
  /** Values of the rule's key, in the order of its fields. */
  readonly key: readonly Scalar[];
  /** It counts only for the alert of this id; null: for whatever there is. */
  readonly alert: string | null;
  readonly by: string;
  readonly comment: string | null;
  /** How long it is shelved, on the arrival clock; null: until its alert clears. */
  readonly durationUs: number | null;
};

/** What an action is to an alert that fires. */
export const CHANGE_OF = {
  acknowledge: 'acknowledged',
  comment: 'commented',
  shelve: 'shelved',
  unshelve: 'unshelved',
  suppress: 'suppressed',
  unsuppress: 'unsuppressed',
  out_of_service: 'out_of_service',
  in_service: 'in_service',
} satisfies Record<ActionKind, AlertChangeKind>;

/** As an entry of a recorded input holds it; `texts` are compared as symbols: of a field of them a number is one too. */
export function actionContent(action: OperatorAction): {
  readonly texts: readonly string[];
  readonly content: Snapshot;
} {
  return { texts: action.key.filter(value => value !== null).map(String), content: { ...action } };
}

export function actionOf(content: Snapshot): OperatorAction {
  return content as unknown as OperatorAction; // what `actionContent` gave
}
