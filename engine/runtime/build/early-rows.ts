import type { SelectNode } from '../../../dsl/plan.ts';
import type { Frame } from '../../operator.ts';
import { EARLY_COLUMN, REVISION_COLUMN } from '../../operators/pane-rows.ts';
import type { BuiltView } from './built-view.ts';

/** The frame's slots of what tells early rows apart. */
export type EarlySlots = { readonly mask: number; readonly revision: number };

/** Which views have early rows of windows beside their own, which nobody sees but sinks. */
export class EarlyRows {
  readonly #among = new Map<string, EarlySlots>(); // by window with early rows, and by filter of its rows
  readonly #shownBy = new Map<string, EarlySlots>(); // by select that shows them to sinks, and to nobody else

  /** Of a window with early rows. */
  addWindow(id: string, { slots }: BuiltView): void {
    this.#among.set(id, { mask: slots.get(EARLY_COLUMN)!, revision: slots.get(REVISION_COLUMN)! });
  }

  /** Of a filter that asks its condition of early rows as well. */
  addFilter(id: string, early: EarlySlots): void {
    this.#among.set(id, early);
  }

  addSelect({ id, input }: SelectNode): void {
    const early = this.#among.get(input);
    if (early !== undefined) this.#shownBy.set(id, early);
  }

  /** Undefined: there is none among the rows of this view. */
  among(viewId: string): EarlySlots | undefined {
    return this.#among.get(viewId);
  }

  /** Undefined: sinks see none of this view. */
  shownBy(viewId: string): EarlySlots | undefined {
    return this.#shownBy.get(viewId);
  }
}

/** The entries that a mask leaves and, beside these, early rows. */
export function withEarly(frame: Frame, mask: Uint8Array | undefined, early: number): Uint8Array | undefined {
  if (mask === undefined) return undefined; // every entry is a closing row
  const isEarly = frame.columns[early]!.values as Uint8Array; // as: a mask is a bool column
  return Uint8Array.from({ length: frame.length }, (_, i) => mask[i]! | isEarly[i]!);
}
