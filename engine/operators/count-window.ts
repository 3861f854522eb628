import type { CountWindowNode } from '../../dsl/plan.ts';
import type { Downstream, Frame, OperatorContext, RowsOperator, Snapshot } from '../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64, growInt32, growUint32 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { maskOf } from './mask.ts';
import type { WindowContext } from './open-panes.ts';
import { PanePairs } from './pane-pairs.ts';
import { PaneRows } from './pane-rows.ts';

const NONE = -1;

/**
 * The last `size` events of a key, with every `every`-th from the one of number `size` on: a row at that event's time. With
 * events counted from 0, pane n holds those from n·every to n·every + size − 1, in place n mod size/every of the key's
 * ring; which panes are open follows from how many events there were. No pane holds time up.
 */
export class CountWindow implements RowsOperator {
  readonly node: CountWindowNode;
  readonly #input: OperatorContext['input'];
  readonly #downstream: Downstream;
  readonly #keys: KeyDictionary;
  readonly #panes: PaneRows;
  readonly #pairs: PanePairs;
  readonly #size: number;
  readonly #every: number;
  readonly #ringLength: number;
  #counts = new Float64Array(0); // by key id: events so far
  #rings = new Int32Array(0); // by key id × ring: slot plus 1; 0: the pane is not open

  constructor(node: CountWindowNode, context: WindowContext) {
    this.node = node;
    this.#input = context.input;
    this.#downstream = context.downstream;
    this.#keys = context.keys;
    this.#size = node.size;
    this.#every = node.every;
    this.#ringLength = Math.ceil(node.size / node.every);
    this.#panes = new PaneRows(node, context.keys, context);
    this.#pairs = new PanePairs(this.#panes);
  }

  get memory() {
    const { bytesPerPane, bytesPerValue } = this.#panes;
    const plus = bytesPerValue === 0 ? null : `${bytesPerValue * this.#ringLength} bytes per value in the window`;
    return { bytesPerKey: 8 + this.#ringLength * (4 + bytesPerPane), plus };
  }

  process(frame: Frame): Frame | undefined {
    this.#reserve();
    const { length, keyIds, watermarkUs, arrivalUs } = frame;
    const mask = maskOf(frame, this.#input);
    const { hasTimers } = this.#downstream;
    for (let i = 0; i < length; i++) {
      const keyId = keyIds[i]!;
      const isRow = mask === undefined || mask[i] === 1;
      if (isRow && this.#add(keyId, i, frame)) continue;
      if (hasTimers) this.#panes.advance(keyId, watermarkUs[i]!, arrivalUs[i]!);
    }
    this.#pairs.flush(frame);
    return this.#panes.takeFrame();
  }

  nextDueUs(keyId: number): number {
    return this.#downstream.nextDueUs(keyId);
  }

  hasRowsToCome(): boolean {
    return false; // events alone close it
  }

  watermarkUs(_keyId: number, inputUs: number): number {
    return inputUs;
  }

  /** By key how many events it had; of the open panes, oldest first and key by key, what they hold. */
  snapshot(keyIds: Uint32Array): Snapshot {
    this.#reserve();
    let slots = new Uint32Array(keyIds.length);
    let count = 0;
    for (let i = 0; i < keyIds.length; i++) {
      slots = growUint32(slots, count + this.#ringLength);
      this.#forEachOpen(this.#counts[keyIds[i]!]!, pane => {
        slots[count++] = this.#rings[this.#place(keyIds[i]!, pane)]! - 1;
      });
    }
    return { counts: gatherFloat64(this.#counts, keyIds), named: this.#panes.snapshot(slots.subarray(0, count)) };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#reserve();
    const counts = snapshot['counts'] as Float64Array;
    scatterFloat64(counts, keyIds, this.#counts);
    let slots = new Int32Array(keyIds.length);
    let row = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const keyId = keyIds[i]!;
      slots = growInt32(slots, row + this.#ringLength);
      this.#forEachOpen(counts[i]!, pane => {
        slots[row++] = keyId < 0 ? NONE : this.#open(keyId, pane);
      });
    }
    this.#panes.restore(snapshot['named'] as Snapshot, slots.subarray(0, row));
  }

  forget(keyId: number): void {
    if (keyId >= this.#counts.length || (keyId + 1) * this.#ringLength > this.#rings.length) return;
    this.#forEachOpen(this.#counts[keyId]!, pane => {
      const place = this.#place(keyId, pane);
      this.#panes.discard(this.#rings[place]! - 1);
      this.#rings[place] = 0;
    });
    this.#counts[keyId] = 0;
  }

  get stateBytes(): number {
    return this.#counts.byteLength + this.#rings.byteLength + this.#panes.stateBytes;
  }

  #reserve(): void {
    this.#counts = growFloat64(this.#counts, this.#keys.size);
    this.#rings = growInt32(this.#rings, this.#keys.size * this.#ringLength);
  }

  /** Whether the event gives a row. */
  #add(keyId: number, entry: number, frame: Frame): boolean {
    this.#pairs.reserve(this.#ringLength, frame);
    const count = this.#counts[keyId]!;
    if (count % this.#every === 0) this.#open(keyId, count / this.#every);
    this.#counts[keyId] = count + 1;
    const newest = Math.floor(count / this.#every);
    for (let pane = this.#oldestAt(count); pane <= newest; pane++) {
      this.#pairs.append(entry, this.#rings[this.#place(keyId, pane)]! - 1);
    }
    const isFull = count + 1 >= this.#size && (count + 1 - this.#size) % this.#every === 0;
    if (isFull) this.#close(keyId, (count + 1 - this.#size) / this.#every, entry, frame);
    return isFull;
  }

  #open(keyId: number, pane: number): number {
    const slot = this.#panes.open();
    this.#rings[this.#place(keyId, pane)] = slot + 1;
    return slot;
  }

  #close(keyId: number, pane: number, entry: number, { timeUs, arrivalUs }: Frame): void {
    const place = this.#place(keyId, pane);
    const endUs = timeUs[entry]!;
    this.#panes.close({ slot: this.#rings[place]! - 1, keyId, startUs: endUs, endUs, arrivalUs: arrivalUs[entry]! });
    this.#rings[place] = 0;
  }

  /** The panes that are open after so many events, oldest first. */
  #forEachOpen(count: number, visit: (pane: number) => void): void {
    const end = Math.ceil(count / this.#every);
    for (let pane = this.#oldestAt(count); pane < end; pane++) visit(pane);
  }

  /** The oldest pane that the event of this number, counted from 0, is in. */
  #oldestAt(number: number): number {
    return Math.max(0, Math.floor((number - this.#size) / this.#every) + 1);
  }

  #place(keyId: number, pane: number): number {
    return keyId * this.#ringLength + (pane % this.#ringLength);
  }
}
