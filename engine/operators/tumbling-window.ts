import type { TumblingWindowNode } from '../../dsl/plan.ts';
import { PaneClock } from '../functions/pane-clock.ts';
import type { Downstream, Frame, OperatorContext, RowsOperator, Snapshot } from '../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64, growInt32 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { maskOf } from './mask.ts';
import { openSlots, reopenSlots } from './open-slots.ts';
import { PaneRows } from './pane-rows.ts';

const NONE = -1;

/**
 * One row per key and pane [n·size, (n+1)·size) of the pane clock that had events, when the key's watermark reaches the
 * pane's end. The rows' stream has the start of the pane that the watermark lies in as its own watermark.
 */
export class TumblingWindow implements RowsOperator {
  readonly node: TumblingWindowNode;
  readonly #input: OperatorContext['input'];
  readonly #downstream: Downstream;
  readonly #keys: KeyDictionary;
  readonly #panes: PaneRows;
  readonly #sizeUs: number;
  readonly #clock: PaneClock;
  #slot = new Int32Array(0); // by key id: of the open pane, plus 1; 0: none is open
  #nextUs = new Float64Array(0); // by key id: the watermark at which something has to be done, the open pane's end; 0: nothing
  #slots = new Int32Array(0); // by entry

  constructor(node: TumblingWindowNode, context: OperatorContext & { downstream: Downstream; keys: KeyDictionary }) {
    this.node = node;
    this.#input = context.input;
    this.#downstream = context.downstream;
    this.#keys = context.keys;
    this.#sizeUs = node.sizeUs;
    this.#clock = new PaneClock({ zone: node.zone, everyUs: node.sizeUs });
    this.#panes = new PaneRows(node, context.keys, context);
  }

  get memory() {
    const plus =
      this.#panes.bytesPerValue === 0 ? null : `${this.#panes.bytesPerValue} bytes per value in the open pane`;
    return { bytesPerKey: 12 + this.#panes.bytesPerPane, plus };
  }

  process(frame: Frame): Frame | undefined {
    this.#reserveKeys();
    const { length } = frame;
    this.#slots = growInt32(this.#slots, length);
    const mask = maskOf(frame, this.#input);
    const panes = { slotOfKey: this.#slot, nextUs: this.#nextUs, slots: this.#slots };
    let i = 0;
    while ((i = writeOpenSlots(frame, mask, panes, i)) < length) this.#handle(frame, mask, i++);
    if (frame.hasRows) this.#panes.accumulate({ length, entries: undefined, slots: this.#slots }, frame);
    return this.#panes.takeFrame();
  }

  /** The pane's end, or the end of the pane in which something behind this window comes due. */
  nextDueUs(keyId: number): number {
    if (keyId >= this.#slot.length) return Infinity;
    const ownUs = this.#slot[keyId] === 0 ? Infinity : this.#nextUs[keyId]!;
    const downstreamUs = this.#downstream.nextDueUs(keyId);
    if (downstreamUs === Infinity) return ownUs;
    return Math.min(ownUs, this.#startUs(this.#paneAt(downstreamUs - 1) + 1));
  }

  hasRowsToCome(keyId: number): boolean {
    return keyId < this.#slot.length && this.#slot[keyId] !== 0;
  }

  watermarkUs(keyId: number, inputUs: number): number {
    return this.#startUs(this.#paneAt(this.hasRowsToCome(keyId) ? this.#nextUs[keyId]! - 1 : inputUs));
  }

  /** By key whether its pane is open and `nextUs`; of the open panes, in the order of their keys, what they hold. */
  snapshot(keyIds: Uint32Array): Snapshot {
    this.#reserveKeys();
    const { isOpen, slots } = openSlots(this.#slot, keyIds);
    return {
      isOpen,
      nextUs: gatherFloat64(this.#nextUs, keyIds),
      named: this.#panes.snapshot(slots),
    };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#reserveKeys();
    scatterFloat64(snapshot['nextUs'] as Float64Array, keyIds, this.#nextUs);
    const isOpen = snapshot['isOpen'] as Uint8Array;
    const slots = reopenSlots({ isOpen, keyIds }, this.#slot, this.#panes);
    this.#panes.restore(snapshot['named'] as Snapshot, slots);
  }

  forget(keyId: number): void {
    if (keyId >= this.#slot.length) return;
    if (this.#slot[keyId] !== 0) this.#panes.discard(this.#slot[keyId]! - 1);
    this.#slot[keyId] = 0;
    this.#nextUs[keyId] = 0;
  }

  get stateBytes(): number {
    return this.#slot.byteLength + this.#nextUs.byteLength + this.#panes.stateBytes;
  }

  #reserveKeys(): void {
    this.#slot = growInt32(this.#slot, this.#keys.size);
    this.#nextUs = growFloat64(this.#nextUs, this.#keys.size);
  }

  /** An entry before which something is due, or with which a pane opens. */
  #handle(frame: Frame, mask: Uint8Array | undefined, i: number): void {
    const keyId = frame.keyIds[i]!;
    const watermarkUs = frame.watermarkUs[i]!;
    const arrivalUs = frame.arrivalUs[i]!;
    const dueUs = this.#nextUs[keyId]!;
    if (dueUs > 0 && watermarkUs >= dueUs) this.#moveTo(keyId, watermarkUs, frame, arrivalUs);
    const isRow = mask === undefined || mask[i] === 1;
    if (isRow && this.#slot[keyId] === 0) this.#open(keyId, frame.timeUs[i]!, arrivalUs);
    this.#slots[i] = isRow ? this.#slot[keyId]! - 1 : NONE;
  }

  #open(keyId: number, timeUs: number, arrivalUs: number): void {
    const pane = this.#paneAt(timeUs);
    this.#slot[keyId] = this.#panes.open() + 1;
    this.#nextUs[keyId] = this.#startUs(pane + 1);
    if (this.#downstream.hasRekey) this.#panes.advance(keyId, this.#startUs(pane), arrivalUs);
  }

  /**
   * Closes the key's pane if it has one, and tells what is behind how far time has come. Where the clock alone says so, an event
   * tells it again: when the clock looks at a key depends on what else is waited for, and a rekey does not hear it.
   */
  #moveTo(keyId: number, watermarkUs: number, { cause }: Frame, arrivalUs: number): void {
    const endUs = this.#nextUs[keyId]!;
    const isToldAgain = cause !== undefined;
    if (this.#slot[keyId] !== 0) {
      const startUs = this.#startUs(this.#paneAt(endUs - 1));
      this.#panes.close({ slot: this.#slot[keyId]! - 1, keyId, startUs, endUs, arrivalUs });
      this.#slot[keyId] = 0;
    }
    this.#nextUs[keyId] = 0;
    if (!this.#downstream.hasTimers) return;
    const pane = this.#paneAt(watermarkUs);
    this.#panes.advance(keyId, this.#startUs(pane), arrivalUs);
    this.#nextUs[keyId] = isToldAgain ? endUs : this.#startUs(pane + 1);
  }

  #paneAt(timeUs: number): number {
    return Math.floor(this.#clock.shownUs(timeUs) / this.#sizeUs);
  }

  #startUs(pane: number): number {
    return this.#clock.instantUs(pane * this.#sizeUs);
  }
}

type Panes = {
  readonly slotOfKey: Int32Array; // plus 1
  readonly nextUs: Float64Array;
  readonly slots: Int32Array;
};

/**
 * Writes the slots of entries from `i` on whose panes are open, up to the first entry at which more has to be done;
 * returns its place. A loop with no call in it: see KeyDictionary. benchmark: throughput/tumbling
 */
function writeOpenSlots(
  { length, keyIds, watermarkUs }: Frame,
  mask: Uint8Array | undefined,
  { slotOfKey, nextUs, slots }: Panes,
  i: number,
): number {
  for (; i < length; i++) {
    const keyId = keyIds[i]!;
    const dueUs = nextUs[keyId]!;
    if (dueUs > 0 && watermarkUs[i]! >= dueUs) break;
    if (mask !== undefined && mask[i] === 0) {
      slots[i] = NONE;
    } else {
      const slot = slotOfKey[keyId]!;
      if (slot === 0) break;
      slots[i] = slot - 1;
    }
  }
  return i;
}
