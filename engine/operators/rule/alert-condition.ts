import type { Expression } from '../../../dsl/plan.ts';
import type { Scalar } from '../../batch.ts';
import { interpret } from '../../expression/interpret.ts';
import type { AlertChange } from '../../operator.ts';

export type Labels = Readonly<Record<string, string>>;

/**
 * Whether a change of an alert passes the `where` of a route: true, not false and not null. No condition: all pass.
 * `labelsOf` gives a rule's labels by its name. Runs once for every change of an alert, so it is interpreted.
 */
export function createAlertCondition(
  condition: Expression | null,
  labelsOf: (rule: string) => Labels,
): (change: AlertChange) => boolean {
  if (condition === null) return () => true;
  return change => interpret(condition, name => alertField(change, labelsOf(change.rule), name)) === true;
}

/** What a name means beside an alert: `severity`, `rule`, `change`, `time`, else a field of its key, else a label, else null. */
export function alertField(change: AlertChange, labels: Labels, name: string): Scalar {
  if (name === 'severity') return change.level;
  if (name === 'rule') return change.rule;
  if (name === 'change') return change.change;
  if (name === 'time') return change.timeUs;
  if (Object.hasOwn(change.key, name)) return change.key[name]!;
  return Object.hasOwn(labels, name) ? labels[name]! : null;
}
