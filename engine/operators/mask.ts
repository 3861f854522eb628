import type { Frame, View } from '../operator.ts';

/** The rows of the frame that exist in the view, 1 or 0 an entry; undefined: every entry is one. */
export function maskOf(frame: Frame, view: View): Uint8Array | undefined {
  if (view.mask === undefined || !frame.hasRows) return frame.rows;
  return frame.columns[view.mask]!.values as Uint8Array; // a mask is a bool column
}
