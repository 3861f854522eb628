import type { SessionWindowNode, StateWindowNode } from '../../dsl/plan.ts';
import type { Downstream, Frame, OperatorContext, Snapshot } from '../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64, growInt32, growUint32 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { EarlyRows } from './early-rows.ts';
import { openSlots, reopenSlots } from './open-slots.ts';
import { PaneRows } from './pane-rows.ts';

const NONE = -1;

export type WindowContext = OperatorContext & { readonly downstream: Downstream; readonly keys: KeyDictionary };

/**
 * Of a pane with its first and its last event: when it closes if nothing more comes, and how long it has been. No objects:
 * asked at every event.
 */
type PaneShape = {
  endUs(startUs: number, lastUs: number): number;
  durationUs(startUs: number, lastUs: number, untilUs: number): number;
};

/**
 * What windows have in common whose panes events open, at most one for each key. The rows' stream has the pane's start as
 * its watermark, and that of the events where no pane is open.
 */
export class OpenPanes {
  readonly #shape: PaneShape;
  readonly #downstream: Downstream;
  readonly #keys: KeyDictionary;
  readonly #rows: PaneRows;
  readonly #early: EarlyRows;
  #startUs = new Float64Array(0); // by key id, of the open pane
  #lastUs = new Float64Array(0); // by key id, of its last event
  #slot = new Int32Array(0); // by key id: of the open pane, plus 1; 0: none is open
  #slots = new Int32Array(0); // by entry
  #entries = new Uint32Array(0); // 0, 1, 2 …
  #accumulated = 0; // of the frame's entries

  constructor(node: SessionWindowNode | StateWindowNode, shape: PaneShape, context: WindowContext) {
    this.#shape = shape;
    this.#downstream = context.downstream;
    this.#keys = context.keys;
    this.#rows = new PaneRows(node, context.keys, context);
    this.#early = new EarlyRows(node.emitEveryUs);
  }

  get memory() {
    const { bytesPerPane, bytesPerValue } = this.#rows;
    const plus = bytesPerValue === 0 ? null : `${bytesPerValue} bytes per value in the open pane`;
    return { bytesPerKey: 20 + this.#early.bytesPerKey + bytesPerPane, plus };
  }

  isOpen(keyId: number): boolean {
    return keyId < this.#slot.length && this.#slot[keyId] !== 0;
  }

  /** Before the entries of a frame. */
  start(length: number): void {
    this.#reserveKeys();
    this.#slots = growInt32(this.#slots, length);
    this.#slots.fill(NONE, 0, length);
    this.#accumulated = 0;
  }

  /** Before an entry is handled: what is due of its key up to its watermark. */
  moveTo(frame: Frame, entry: number): void {
    const keyId = frame.keyIds[entry]!;
    const watermarkUs = frame.watermarkUs[entry]!;
    const earlyUs = this.#early.dueUs(keyId);
    if (earlyUs <= watermarkUs) {
      if (this.isOpen(keyId) && this.#endUs(keyId) > earlyUs) this.#showEarly(frame, entry, earlyUs);
      this.#early.clear(keyId);
    }
    if (this.isOpen(keyId) && watermarkUs >= this.#endUs(keyId)) this.close(frame, entry, this.#endUs(keyId));
  }

  /** The entry's event opens a pane. */
  open(frame: Frame, entry: number): void {
    const keyId = frame.keyIds[entry]!;
    this.#slot[keyId] = this.#rows.open() + 1;
    this.#startUs[keyId] = frame.timeUs[entry]!;
  }

  /** The entry's event is in the open pane. */
  take(frame: Frame, entry: number): void {
    const keyId = frame.keyIds[entry]!;
    const timeUs = frame.timeUs[entry]!;
    this.#lastUs[keyId] = timeUs;
    this.#slots[entry] = this.#slot[keyId]! - 1;
    if (this.#early.areWanted) this.#early.note(keyId, timeUs);
  }

  close(frame: Frame, entry: number, endUs: number): void {
    const keyId = frame.keyIds[entry]!;
    this.#rows.close({ slot: this.#slot[keyId]! - 1, endUs, ...this.#rowAt(frame, entry, endUs) });
    this.#slot[keyId] = 0;
    this.#early.clear(keyId);
  }

  /** Tells what is behind how far the entry's key has come, where no pane holds it back. */
  advance(frame: Frame, entry: number): void {
    const keyId = frame.keyIds[entry]!;
    if (!this.#downstream.hasTimers || this.isOpen(keyId)) return;
    this.#rows.advance(keyId, frame.watermarkUs[entry]!, frame.arrivalUs[entry]!);
  }

  /** After all entries. */
  finish(frame: Frame): Frame | undefined {
    this.#accumulate(frame, frame.length);
    return this.#rows.takeFrame();
  }

  nextDueUs(keyId: number): number {
    if (!this.isOpen(keyId)) return this.#downstream.nextDueUs(keyId);
    return Math.min(this.#endUs(keyId), this.#early.dueUs(keyId));
  }

  watermarkUs(keyId: number, inputUs: number): number {
    return this.isOpen(keyId) ? this.#startUs[keyId]! : inputUs;
  }

  /** By key whether its pane is open, and its times; of the open panes, in the order of their keys, what they hold. */
  snapshot(keyIds: Uint32Array): Snapshot {
    this.#reserveKeys();
    const { isOpen, slots } = openSlots(this.#slot, keyIds);
    return {
      isOpen,
      startUs: gatherFloat64(this.#startUs, keyIds),
      lastUs: gatherFloat64(this.#lastUs, keyIds),
      ...this.#early.snapshot(keyIds),
      named: this.#rows.snapshot(slots),
    };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#reserveKeys();
    scatterFloat64(snapshot['startUs'] as Float64Array, keyIds, this.#startUs);
    scatterFloat64(snapshot['lastUs'] as Float64Array, keyIds, this.#lastUs);
    this.#early.restore(snapshot, keyIds);
    const isOpen = snapshot['isOpen'] as Uint8Array;
    const slots = reopenSlots({ isOpen, keyIds }, this.#slot, this.#rows);
    this.#rows.restore(snapshot['named'] as Snapshot, slots);
  }

  forget(keyId: number): void {
    if (keyId >= this.#slot.length) return;
    if (this.#slot[keyId] !== 0) this.#rows.discard(this.#slot[keyId]! - 1);
    this.#slot[keyId] = 0;
    this.#startUs[keyId] = 0;
    this.#lastUs[keyId] = 0;
    this.#early.clear(keyId);
  }

  get stateBytes(): number {
    const byKey = this.#slot.byteLength + this.#startUs.byteLength + this.#lastUs.byteLength;
    return byKey + this.#early.stateBytes + this.#rows.stateBytes;
  }

  #reserveKeys(): void {
    this.#slot = growInt32(this.#slot, this.#keys.size);
    this.#startUs = growFloat64(this.#startUs, this.#keys.size);
    this.#lastUs = growFloat64(this.#lastUs, this.#keys.size);
    this.#early.reserveKeys(this.#keys.size);
  }

  #endUs(keyId: number): number {
    return this.#shape.endUs(this.#startUs[keyId]!, this.#lastUs[keyId]!);
  }

  #showEarly(frame: Frame, entry: number, untilUs: number): void {
    this.#accumulate(frame, entry);
    const row = this.#rowAt(frame, entry, untilUs);
    this.#rows.showEarly({ slot: this.#slot[row.keyId]! - 1, endUs: untilUs, ...row });
  }

  #rowAt(frame: Frame, entry: number, untilUs: number) {
    const keyId = frame.keyIds[entry]!;
    const startUs = this.#startUs[keyId]!;
    return {
      keyId,
      startUs,
      arrivalUs: frame.arrivalUs[entry]!,
      durationUs: this.#shape.durationUs(startUs, this.#lastUs[keyId]!, untilUs),
      revision: this.#early.revision(startUs, untilUs),
    };
  }

  /** The entries before `end` are in their panes. */
  #accumulate(frame: Frame, end: number): void {
    const from = this.#accumulated;
    this.#accumulated = end;
    if (!frame.hasRows || from === end) return;
    const isWhole = from === 0 && end === frame.length;
    const entries = isWhole ? undefined : this.#entriesUntil(end).subarray(from, end);
    this.#rows.accumulate({ length: end - from, entries, slots: this.#slots.subarray(from, end) }, frame);
  }

  #entriesUntil(end: number): Uint32Array {
    const known = this.#entries.length;
    this.#entries = growUint32(this.#entries, end);
    for (let i = known; i < this.#entries.length; i++) this.#entries[i] = i;
    return this.#entries;
  }
}
