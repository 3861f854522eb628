import { ACTION_KINDS, type FieldValues, type Plan, type TestCase } from '../../dsl/plan.ts';
import { ACTIONS, actionContent, type OperatorAction } from '../operators/rule/operator-action.ts';
import type { InputEntry } from '../recorded-input.ts';
import { fedEvents } from './fed-events.ts';
import type { TableRows } from './scenario-input.ts';
import { tableEntries } from './table-entries.ts';

/** The entries of all recorded inputs in order: rows of tables, and what operators do. */
export function scenarioEntries(plan: Plan, test: TestCase, tables: TableRows): InputEntry[] {
  return [...tableEntries(plan, test, tables), ...actionEntries(test)]
    .sort((a, b) => a.arrivalUs - b.arrivalUs) // stable
    .map((entry, i) => ({ ...entry, sequence: i + 1 }));
}

function actionEntries(test: TestCase): Omit<InputEntry, 'sequence'>[] {
  return fedEvents(test)
    .filter(event => event.stream === ACTIONS)
    .map(({ arrivalUs, values }) => ({ input: ACTIONS, arrivalUs, ahead: {}, ...actionContent(fedAction(values)) }));
}

function fedAction(values: FieldValues): OperatorAction {
  const { action, rule, key, by, comment, duration, ...keyFields } = values; // these in the order of the rule's key
  const kind = ACTION_KINDS.find(known => known === action);
  if (kind === undefined)
    throw new Error(`a test feeds the action ${String(action)}: write ${ACTION_KINDS.join(', ')}`);
  return {
    action: kind,
    rule: String(rule),
    key: key === undefined ? Object.values(keyFields) : [key],
    alert: null,
    by: String(by ?? 'test'),
    comment: comment === undefined ? null : String(comment),
    durationUs: duration === undefined ? null : Number(duration),
  };
}
