import type { WindowNode } from '../../dsl/plan.ts';
import type { Downstream, Frame, OperatorContext, Snapshot } from '../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64, growInt32 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { PaneRows } from './pane-rows.ts';

const NONE = -1;

export type WindowContext = OperatorContext & { readonly downstream: Downstream; readonly keys: KeyDictionary };

/**
 * What windows have in common whose panes events open, at most one for each key. The rows' stream has the pane's start as
 * its watermark, and that of the events where no pane is open.
 */
export class OpenPanes {
  readonly #downstream: Downstream;
  readonly #keys: KeyDictionary;
  readonly #rows: PaneRows;
  startUs = new Float64Array(0); // by key id, of the open pane
  lastUs = new Float64Array(0); // by key id, of its last event
  #slot = new Int32Array(0); // by key id: of the open pane, plus 1; 0: none is open
  #slots = new Int32Array(0); // by entry

  constructor(node: WindowNode, context: WindowContext) {
    this.#downstream = context.downstream;
    this.#keys = context.keys;
    this.#rows = new PaneRows(node, context.keys, context);
  }

  get memory() {
    const { bytesPerPane, bytesPerValue } = this.#rows;
    const plus = bytesPerValue === 0 ? null : `${bytesPerValue} bytes per value in the open pane`;
    return { bytesPerKey: 20 + bytesPerPane, plus };
  }

  isOpen(keyId: number): boolean {
    return keyId < this.#slot.length && this.#slot[keyId] !== 0;
  }

  /** Before the entries of a frame. */
  start(length: number): void {
    this.reserveKeys();
    this.#slots = growInt32(this.#slots, length);
    this.#slots.fill(NONE, 0, length);
  }

  open(keyId: number, timeUs: number): void {
    this.#slot[keyId] = this.#rows.open() + 1;
    this.startUs[keyId] = timeUs;
    this.lastUs[keyId] = timeUs;
  }

  /** The entry is in the key's open pane. */
  take(keyId: number, entry: number, timeUs: number): void {
    this.lastUs[keyId] = timeUs;
    this.#slots[entry] = this.#slot[keyId]! - 1;
  }

  close(
    keyId: number,
    pane: { readonly endUs: number; readonly durationUs: number; readonly arrivalUs: number },
  ): void {
    this.#rows.close({ slot: this.#slot[keyId]! - 1, keyId, startUs: this.startUs[keyId]!, ...pane });
    this.#slot[keyId] = 0;
  }

  /** Tells what is behind how far the key has come, where no pane holds it back. */
  advance(keyId: number, watermarkUs: number, arrivalUs: number): void {
    if (this.#downstream.hasTimers && this.#slot[keyId] === 0) this.#rows.advance(keyId, watermarkUs, arrivalUs);
  }

  /** After all entries. */
  finish(frame: Frame): Frame | undefined {
    const { length } = frame;
    if (frame.hasRows) this.#rows.accumulate({ length, entries: undefined, slots: this.#slots }, frame);
    return this.#rows.takeFrame();
  }

  /** Of a key whose pane closes at `closesUs`, if one is open. */
  nextDueUs(keyId: number, closesUs: number): number {
    return this.isOpen(keyId) ? closesUs : this.#downstream.nextDueUs(keyId);
  }

  /** By key whether its pane is open, and its times; of the open panes, in the order of their keys, what they hold. */
  snapshot(keyIds: Uint32Array): Snapshot {
    this.reserveKeys();
    const isOpen = new Uint8Array(keyIds.length);
    const slots = new Uint32Array(keyIds.length);
    let count = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const slot = this.#slot[keyIds[i]!]!;
      if (slot === 0) continue;
      isOpen[i] = 1;
      slots[count++] = slot - 1;
    }
    return {
      isOpen,
      startUs: gatherFloat64(this.startUs, keyIds),
      lastUs: gatherFloat64(this.lastUs, keyIds),
      named: this.#rows.snapshot(slots.subarray(0, count)),
    };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.reserveKeys();
    scatterFloat64(snapshot['startUs'] as Float64Array, keyIds, this.startUs);
    scatterFloat64(snapshot['lastUs'] as Float64Array, keyIds, this.lastUs);
    const isOpen = snapshot['isOpen'] as Uint8Array;
    const slots = new Int32Array(keyIds.length);
    let count = 0;
    for (let i = 0; i < keyIds.length; i++) {
      if (isOpen[i] === 0) continue;
      const keyId = keyIds[i]!;
      const slot = keyId < 0 ? NONE : this.#rows.open();
      if (keyId >= 0) this.#slot[keyId] = slot + 1;
      slots[count++] = slot;
    }
    this.#rows.restore(snapshot['named'] as Snapshot, slots.subarray(0, count));
  }

  forget(keyId: number): void {
    if (keyId >= this.#slot.length) return;
    if (this.#slot[keyId] !== 0) this.#rows.discard(this.#slot[keyId]! - 1);
    this.#slot[keyId] = 0;
    this.startUs[keyId] = 0;
    this.lastUs[keyId] = 0;
  }

  get stateBytes(): number {
    return this.#slot.byteLength + this.startUs.byteLength + this.lastUs.byteLength + this.#rows.stateBytes;
  }

  reserveKeys(): void {
    this.#slot = growInt32(this.#slot, this.#keys.size);
    this.startUs = growFloat64(this.startUs, this.#keys.size);
    this.lastUs = growFloat64(this.lastUs, this.#keys.size);
  }
}
