import { assert } from '../errors.ts';
import type { View } from '../operator.ts';

/** The slot of the frame in which the view has a column. */
export function slotOf(view: Pick<View, 'slots'>, name: string): number {
  const slot = view.slots.get(name);
  assert(slot !== undefined, `the input has no column ${name}`);
  return slot;
}
