import type { HoppingWindowNode, TumblingWindowNode } from '../../dsl/plan.ts';
import { PaneClock } from '../functions/pane-clock.ts';
import type { Downstream, Frame, OperatorContext, RowsOperator, Snapshot } from '../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64, growInt32, growUint32 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { EarlyRows } from './early-rows.ts';
import { maskOf } from './mask.ts';
import type { WindowContext } from './open-panes.ts';
import { PanePairs } from './pane-pairs.ts';
import { PaneRows } from './pane-rows.ts';

const NONE = -1;

/**
 * Panes [n·every, n·every + size) of the pane clock: an event lies in size/every of them. A row per key and pane that had events, when
 * the key's watermark reaches the pane's end; the rows' stream has the start of its oldest open pane as watermark.
 * Pane n of a key stands in place n mod size/every of the key's ring. Tumbling panes with early rows are
 * hopping ones whose step is their size.
 */
export class HoppingWindow implements RowsOperator {
  readonly node: HoppingWindowNode | TumblingWindowNode;
  readonly #input: OperatorContext['input'];
  readonly #downstream: Downstream;
  readonly #keys: KeyDictionary;
  readonly #panes: PaneRows;
  readonly #pairs: PanePairs;
  readonly #sizeUs: number;
  readonly #everyUs: number;
  readonly #ringLength: number;
  readonly #clock: PaneClock;
  readonly #early: EarlyRows;
  #rings = new Int32Array(0); // by key id × ring: slot plus 1; 0: the pane has no events
  #oldest = new Float64Array(0); // by key id: number of the oldest pane that may be open
  #newest = new Float64Array(0); // by key id: number of the newest pane that has events
  #nextUs = new Float64Array(0); // by key id: the watermark at which something has to be done, 0: nothing

  constructor(node: HoppingWindowNode | TumblingWindowNode, context: WindowContext) {
    this.node = node;
    this.#input = context.input;
    this.#downstream = context.downstream;
    this.#keys = context.keys;
    this.#sizeUs = node.sizeUs;
    this.#everyUs = node.kind === 'tumbling-window' ? node.sizeUs : node.everyUs;
    this.#clock = new PaneClock({ zone: node.zone, everyUs: this.#everyUs });
    this.#ringLength = Math.ceil(this.#sizeUs / this.#everyUs);
    this.#early = new EarlyRows(node.emitEveryUs);
    this.#panes = new PaneRows(node, context.keys, context);
    this.#pairs = new PanePairs(this.#panes);
  }

  get memory() {
    const bytesPerKey = 24 + this.#early.bytesPerKey + this.#ringLength * (4 + this.#panes.bytesPerPane);
    const plus =
      this.#panes.bytesPerValue === 0
        ? null
        : `${this.#panes.bytesPerValue * this.#ringLength} bytes per value in the window`;
    return { bytesPerKey, plus };
  }

  process(frame: Frame): Frame | undefined {
    this.#reserve();
    const { length, keyIds, timeUs, watermarkUs } = frame;
    const mask = maskOf(frame, this.#input);
    const hasEarly = this.#early.areWanted;
    for (let i = 0; i < length; i++) {
      const keyId = keyIds[i]!;
      if (hasEarly && watermarkUs[i]! >= this.#early.dueUs(keyId)) this.#showEarly(keyId, frame, i);
      const dueUs = this.#nextUs[keyId]!;
      if (dueUs > 0 && watermarkUs[i]! >= dueUs) this.#moveTo(keyId, watermarkUs[i]!, frame, frame.arrivalUs[i]!);
      if (mask === undefined || mask[i] === 1) this.#add(keyId, i, timeUs[i]!, frame);
    }
    this.#pairs.flush(frame);
    return this.#panes.takeFrame();
  }

  nextDueUs(keyId: number): number {
    if (!this.#isReserved(keyId)) return Infinity;
    const first = this.#firstWithEvents(keyId);
    const ownUs = first === undefined ? Infinity : Math.min(this.#endUs(first), this.#early.dueUs(keyId));
    const downstreamUs = this.#downstream.nextDueUs(keyId);
    return downstreamUs === Infinity ? ownUs : Math.min(ownUs, this.#watermarkThatReaches(downstreamUs));
  }

  hasRowsToCome(keyId: number): boolean {
    return this.#isReserved(keyId) && this.#firstWithEvents(keyId) !== undefined;
  }

  watermarkUs(keyId: number, inputUs: number): number {
    const first = this.#isReserved(keyId) ? this.#firstWithEvents(keyId) : undefined;
    return this.#startUs(first ?? this.#oldestOpen(inputUs));
  }

  /** By key its numbers and how many panes are open; of these, oldest first and key by key, number and what they hold. */
  snapshot(keyIds: Uint32Array): Snapshot {
    this.#reserve();
    const { openCounts, numbers, slots } = this.#openPanes(keyIds);
    return {
      oldest: gatherFloat64(this.#oldest, keyIds),
      newest: gatherFloat64(this.#newest, keyIds),
      nextUs: gatherFloat64(this.#nextUs, keyIds),
      ...this.#early.snapshot(keyIds),
      openCounts,
      numbers,
      named: this.#panes.snapshot(slots),
    };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#reserve();
    scatterFloat64(snapshot['oldest'] as Float64Array, keyIds, this.#oldest);
    scatterFloat64(snapshot['newest'] as Float64Array, keyIds, this.#newest);
    scatterFloat64(snapshot['nextUs'] as Float64Array, keyIds, this.#nextUs);
    this.#early.restore(snapshot, keyIds);
    const openCounts = snapshot['openCounts'] as Uint32Array;
    const numbers = snapshot['numbers'] as Float64Array;
    const slots = new Int32Array(numbers.length).fill(NONE);
    let row = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const keyId = keyIds[i]!;
      const end = row + openCounts[i]!;
      for (; row < end; row++) if (keyId >= 0) slots[row] = this.#reopen(keyId, numbers[row]!);
    }
    this.#panes.restore(snapshot['named'] as Snapshot, slots);
  }

  forget(keyId: number): void {
    if (!this.#isReserved(keyId)) return;
    for (let place = keyId * this.#ringLength; place < (keyId + 1) * this.#ringLength; place++) {
      if (this.#rings[place] !== 0) this.#panes.discard(this.#rings[place]! - 1);
      this.#rings[place] = 0;
    }
    this.#oldest[keyId] = 0;
    this.#newest[keyId] = 0;
    this.#nextUs[keyId] = 0;
    this.#early.clear(keyId);
  }

  get stateBytes(): number {
    const byKey = this.#rings.byteLength + this.#oldest.byteLength + this.#newest.byteLength + this.#nextUs.byteLength;
    return byKey + this.#early.stateBytes + this.#panes.stateBytes;
  }

  #reserve(): void {
    const keys = this.#keys.size;
    this.#rings = growInt32(this.#rings, keys * this.#ringLength);
    this.#oldest = growFloat64(this.#oldest, keys);
    this.#newest = growFloat64(this.#newest, keys);
    this.#nextUs = growFloat64(this.#nextUs, keys);
    this.#early.reserveKeys(keys);
  }

  /** There is room for the key in all arrays, which double each from its own length. */
  #isReserved(keyId: number): boolean {
    return keyId < this.#nextUs.length && (keyId + 1) * this.#ringLength <= this.#rings.length;
  }

  #add(keyId: number, entry: number, timeUs: number, frame: Frame): void {
    const newest = Math.floor(this.#clock.shownUs(timeUs) / this.#everyUs);
    const oldest = this.#oldestOpen(timeUs);
    this.#pairs.reserve(this.#ringLength, frame);
    for (let pane = oldest; pane <= newest; pane++) {
      const place = this.#place(keyId, pane);
      if (this.#rings[place] === 0) {
        if (this.#isSkipped(pane)) continue;
        this.#open(keyId, pane, place, frame.arrivalUs[entry]!);
      }
      this.#pairs.append(entry, this.#rings[place]! - 1);
    }
    if (this.#early.areWanted) this.#early.note(keyId, timeUs);
  }

  #open(keyId: number, pane: number, place: number, arrivalUs: number): void {
    const endUs = this.#endUs(pane);
    const isOnly = this.#firstWithEvents(keyId) === undefined;
    if (isOnly) this.#oldest[keyId] = pane;
    this.#rings[place] = this.#panes.open() + 1;
    this.#newest[keyId] = Math.max(this.#newest[keyId]!, pane);
    if (this.#nextUs[keyId] === 0 || endUs < this.#nextUs[keyId]!) this.#nextUs[keyId] = endUs;
    if (isOnly && this.#downstream.hasRekey) this.#panes.advance(keyId, this.#startUs(pane), arrivalUs);
  }

  #reopen(keyId: number, pane: number): number {
    const slot = this.#panes.open();
    this.#rings[this.#place(keyId, pane)] = slot + 1;
    return slot;
  }

  /** A row of each pane that is open at the instant of early rows, to which the entry's watermark has come. */
  #showEarly(keyId: number, frame: Frame, entry: number): void {
    const untilUs = this.#early.dueUs(keyId);
    const arrivalUs = frame.arrivalUs[entry]!;
    this.#early.clear(keyId);
    this.#pairs.flush(frame);
    for (let pane = this.#oldest[keyId]!; pane <= this.#newest[keyId]!; pane++) {
      if (this.#endUs(pane) <= untilUs) {
        this.#close(keyId, pane, arrivalUs);
        continue;
      }
      const slot = this.#rings[this.#place(keyId, pane)]! - 1;
      if (slot < 0) continue;
      const startUs = this.#startUs(pane);
      const revision = this.#early.revision(startUs, untilUs);
      this.#panes.showEarly({ slot, keyId, startUs, endUs: untilUs, arrivalUs, revision });
    }
  }

  /** As TumblingWindow does. */
  #moveTo(keyId: number, watermarkUs: number, { cause }: Frame, arrivalUs: number): void {
    const dueUs = this.#nextUs[keyId]!;
    const isToldAgain = cause !== undefined;
    const oldestOpen = this.#oldestOpen(watermarkUs);
    const end = Math.min(oldestOpen - 1, this.#newest[keyId]!);
    for (let pane = this.#oldest[keyId]!; pane <= end; pane++) {
      this.#close(keyId, pane, arrivalUs);
    }
    this.#oldest[keyId] = oldestOpen;
    const first = this.#firstWithEvents(keyId);
    // Behind panes that the clock skips: the places of those may be taken by others before the next one closes.
    if (first !== undefined) this.#oldest[keyId] = first;
    this.#nextUs[keyId] = first === undefined ? 0 : this.#endUs(first);
    if (!this.#downstream.hasTimers) return;
    this.#panes.advance(keyId, this.#startUs(oldestOpen), arrivalUs);
    this.#nextUs[keyId] = isToldAgain ? dueUs : this.#endUs(oldestOpen);
  }

  /** Unless no event was in it. */
  #close(keyId: number, pane: number, arrivalUs: number): void {
    const place = this.#place(keyId, pane);
    const slot = this.#rings[place]! - 1;
    if (slot < 0) return;
    this.#rings[place] = 0;
    const startUs = this.#startUs(pane);
    const endUs = this.#endUs(pane);
    this.#panes.close({ slot, keyId, startUs, endUs, arrivalUs, revision: this.#early.revision(startUs, endUs) });
  }

  /** The oldest pane with events. */
  #firstWithEvents(keyId: number): number | undefined {
    for (let pane = this.#oldest[keyId]!; pane <= this.#newest[keyId]!; pane++) {
      if (this.#rings[this.#place(keyId, pane)] !== 0) return pane;
    }
    return undefined;
  }

  /** How many panes of each key are open; key by key and oldest first, their numbers and slots. */
  #openPanes(keyIds: Uint32Array): { openCounts: Uint32Array; numbers: Float64Array; slots: Uint32Array } {
    const openCounts = new Uint32Array(keyIds.length);
    let numbers = new Float64Array(keyIds.length);
    let slots = new Uint32Array(keyIds.length);
    let count = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const keyId = keyIds[i]!;
      const start = count;
      numbers = growFloat64(numbers, start + this.#ringLength);
      slots = growUint32(slots, start + this.#ringLength);
      for (let pane = this.#oldest[keyId]!; pane <= this.#newest[keyId]!; pane++) {
        const slot = this.#rings[this.#place(keyId, pane)]! - 1;
        if (slot < 0) continue;
        numbers[count] = pane;
        slots[count++] = slot;
      }
      openCounts[i] = count - start;
    }
    return { openCounts, numbers: numbers.slice(0, count), slots: slots.subarray(0, count) };
  }

  #place(keyId: number, pane: number): number {
    return keyId * this.#ringLength + (pane % this.#ringLength);
  }

  /** The oldest pane whose end lies behind this watermark. */
  #oldestOpen(watermarkUs: number): number {
    return Math.max(0, Math.floor((this.#clock.shownUs(watermarkUs) - this.#sizeUs) / this.#everyUs) + 1);
  }

  /** The least watermark of the input at which the rows' stream reaches `downstreamUs`: see #oldestOpen. */
  #watermarkThatReaches(downstreamUs: number): number {
    return this.#endUs(Math.floor(this.#clock.shownUs(downstreamUs - 1) / this.#everyUs));
  }

  #startUs(pane: number): number {
    return this.#clock.instantUs(pane * this.#everyUs);
  }

  #endUs(pane: number): number {
    return this.#clock.instantUs(pane * this.#everyUs + this.#sizeUs);
  }

  /** The clock was set forward over its start and that of the next pane: two rows of one time would be one. */
  #isSkipped(pane: number): boolean {
    return this.#startUs(pane) === this.#startUs(pane + 1);
  }
}
