import type { PaneRows } from './pane-rows.ts';

const NONE = -1;

/** Whether each key's pane is open, and the slots of those that are, in their order. benchmark: recovery */
export function openSlots(
  slotOfKey: Int32Array, // plus 1; 0: none is open
  keyIds: Uint32Array,
): { readonly isOpen: Uint8Array; readonly slots: Uint32Array } {
  const isOpen = new Uint8Array(keyIds.length);
  const slots = new Uint32Array(keyIds.length);
  let count = 0;
  for (let i = 0; i < keyIds.length; i++) {
    const slot = slotOfKey[keyIds[i]!]!;
    if (slot === 0) continue;
    isOpen[i] = 1;
    slots[count++] = slot - 1;
  }
  return { isOpen, slots: slots.subarray(0, count) };
}

/** Opens them again: new slots, in the order of the panes; −1 where the key, a negative one, is left out. */
export function reopenSlots(
  { isOpen, keyIds }: { readonly isOpen: Uint8Array; readonly keyIds: Int32Array },
  slotOfKey: Int32Array, // plus 1
  panes: PaneRows,
): Int32Array {
  const slots = new Int32Array(keyIds.length);
  panes.reserve(keyIds.length);
  let count = 0;
  for (let i = 0; i < keyIds.length; i++) {
    if (isOpen[i] === 0) continue;
    const keyId = keyIds[i]!;
    const slot = keyId < 0 ? NONE : panes.open();
    if (keyId >= 0) slotOfKey[keyId] = slot + 1;
    slots[count++] = slot;
  }
  return slots.subarray(0, count);
}
