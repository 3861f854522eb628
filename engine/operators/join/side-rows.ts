import type { Frame, View } from '../../operator.ts';
import { maskOf } from '../mask.ts';
import { slotOf } from '../slot-of.ts';
import { fieldsOfSide, type JoinNode } from './joined-output.ts';

/** The slots of what one side's rows have, in the order of its fields. */
export function slotsOfSide(node: JoinNode, side: 'left' | 'right', view: Pick<View, 'slots'>): readonly number[] {
  return fieldsOfSide(node, side).map(({ column }) => slotOf(view, column));
}

/** The rows of the view of which a bool column says that they are a side's, 1 or 0 an entry; undefined: none is. */
export function sideMask(frame: Frame, view: View, column: string): Uint8Array | undefined {
  if (!frame.hasRows) return undefined;
  const side = frame.columns[slotOf(view, column)];
  if (side === undefined) return undefined;
  const mask = maskOf(frame, view);
  const values = side.values as Uint8Array; // as: a bool column, which no row has as null
  if (mask === undefined) return values;
  const own = new Uint8Array(frame.length);
  for (let i = 0; i < own.length; i++) own[i] = mask[i]! & values[i]!;
  return own;
}
