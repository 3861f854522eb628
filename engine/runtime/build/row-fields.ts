import type { Field, MatchNode, RekeyNode, WindowNode } from '../../../dsl/plan.ts';
import { assert } from '../../errors.ts';
import { joinedFields, type JoinNode } from '../../operators/join/joined-output.ts';
import { matchRowFields } from '../../operators/match.ts';
import { paneRowFields } from '../../operators/pane-rows.ts';
import type { BuiltView } from './built-view.ts';

/** A node that makes rows of another's: they start a frame. */
export type RowsNode = RekeyNode | WindowNode | MatchNode | JoinNode;

/** The columns of the rows that a node makes, in the order of their frame's slots. `key`: of its input. */
export function rowFieldsOf(node: RowsNode, key: readonly Field[]): readonly Field[] {
  if (node.kind === 'rekey') return node.fields;
  if (node.kind === 'interval-join' || node.kind === 'latest-join') return joinedFields(key, node);
  return node.kind === 'match' ? matchRowFields(key, node) : paneRowFields(key, node);
}

export function keyFieldsOf(view: BuiltView): Field[] {
  const { keys } = view.frame;
  return keys.fields.map((name, i) => ({ name, type: keys.columns[i]!.type }));
}

export function fieldOf(fields: readonly Field[], name: string): Field {
  const field = fields.find(candidate => candidate.name === name);
  assert(field !== undefined, `there is no field ${name}`);
  return field;
}
