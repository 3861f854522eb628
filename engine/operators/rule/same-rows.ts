import type { Frame } from '../../operator.ts';
import { firstOne } from '../../state/first-one.ts';
import { growInt32 } from '../../state/growable.ts';
import type { DenseKeySlots } from './key-slots.ts';
import type { RuleForm } from './rule-form.ts';
import type { PlainTruths } from './rule-truths.ts';

const NONE = -1;

/**
 * Rows of watched keys that say what the one before them said, while nothing is due: most of them, where a level has to hold for
 * a time or an alert fires. They are passed over, and the last one of each key is kept when its key changes, or the frame ends.
 */
export class SameRows {
  readonly #form: RuleForm;
  readonly #keys: DenseKeySlots;
  readonly #isReadWhenQuiet: boolean;
  #rowOfSlot = new Int32Array(0); // that is to be kept
  #slots = new Int32Array(0); // that may have one
  #count = 0;

  constructor(options: {
    readonly form: RuleForm;
    readonly keys: DenseKeySlots;
    readonly isReadWhenQuiet: boolean;
  }) {
    this.#form = options.form;
    this.#keys = options.keys;
    this.#isReadWhenQuiet = options.isReadWhenQuiet;
  }

  /** The first row from `i` on that has to be looked at, all of whose key is kept; the frame's length: none has. */
  next(frame: Frame, truths: PlainTruths, i: number): number {
    const { state } = this.#form;
    if (state.watchedCount === 0 && !this.#isReadWhenQuiet) return firstOne(truths.level, i, frame.length);
    this.#rowOfSlot = growInt32(this.#rowOfSlot, state.room, NONE);
    this.#slots = growInt32(this.#slots, this.#count + frame.length - i);
    const found = this.#pass(frame, truths, i);
    if (found < frame.length) this.#keep(this.#keys.find(frame.keyIds[found]!));
    return found;
  }

  /** Behind the last row of a frame. */
  close(): void {
    for (let n = 0; n < this.#count; n++) this.#keep(this.#slots[n]!);
    this.#count = 0;
  }

  /** No call in the loop: see KeyDictionary. benchmark: peers (pump-station) */
  #pass({ length, keyIds, timeUs }: Frame, { level, clear }: PlainTruths, i: number): number {
    const { isSteady, dueUs, truth, clearTruth } = this.#form.state;
    const { isWatched, slotOfKey } = this.#keys;
    const isReadWhenQuiet = this.#isReadWhenQuiet;
    const rowOfSlot = this.#rowOfSlot;
    const slots = this.#slots;
    let count = this.#count;
    for (; i < length; i++) {
      const keyId = keyIds[i]!;
      if (isWatched[keyId] === 1) {
        const slot = slotOfKey[keyId]! - 1;
        if (isSteady[slot] === 0 || dueUs[slot]! <= timeUs[i]! || truth[slot] !== level[i]) break;
        if (clear !== undefined && clearTruth[slot] !== clear[i]) break;
        if (rowOfSlot[slot] === NONE) slots[count++] = slot;
        rowOfSlot[slot] = i;
      } else {
        if (level[i] === 1) break;
        if (!isReadWhenQuiet) continue;
        const slot = slotOfKey[keyId]! - 1;
        if (slot === NONE) break;
        clearTruth[slot] = clear![i]!;
      }
    }
    this.#count = count;
    return i;
  }

  #keep(slot: number): void {
    const row = slot === NONE ? NONE : this.#rowOfSlot[slot]!;
    if (row === NONE) return;
    this.#rowOfSlot[slot] = NONE;
    this.#form.keep(slot, row);
  }
}
