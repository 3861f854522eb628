import { writeNull, writeValue } from './column-writer.ts';
import type { Column } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import { TEXT_BYTES } from './columns.ts';
import { gatherFloat64, gatherUint8, scatterFloat64, scatterUint8 } from './gather.ts';
import { growFloat64, growUint8 } from './growable.ts';

/** One value of any column's type, or null, per slot. New slots are null. Text is kept by reference: as large as it is. */
export class ValueSlots {
  static readonly bytesPerSlot = 9;
  #isPresent = new Uint8Array(0);
  #numbers = new Float64Array(0);
  readonly #texts: string[] = []; // empty as long as no slot had a text

  get stateBytes(): number {
    return this.#isPresent.byteLength + this.#numbers.byteLength + this.#texts.length * TEXT_BYTES;
  }

  reserve(count: number): void {
    this.#isPresent = growUint8(this.#isPresent, count);
    this.#numbers = growFloat64(this.#numbers, count);
  }

  clear(slot: number): void {
    this.#isPresent[slot] = 0;
    this.#numbers[slot] = 0;
    if (slot < this.#texts.length) this.#texts[slot] = '';
  }

  isNull(slot: number): boolean {
    return this.#isPresent[slot] === 0;
  }

  set(slot: number, column: Column, row: number): void {
    if (column.valid !== undefined && column.valid[row] === 0) {
      this.#isPresent[slot] = 0;
      return;
    }
    this.#isPresent[slot] = 1;
    if (column.type !== 'string') {
      this.#numbers[slot] = column.values[row]!;
      return;
    }
    this.#setText(slot, column.values[row]!);
  }

  /** Whether the slot holds what the column's row holds; neither is null. */
  equals(slot: number, column: Column, row: number): boolean {
    return column.values[row] === (column.type === 'string' ? this.#texts[slot] : this.#numbers[slot]);
  }

  write(slot: number, output: Column, row: number): void {
    if (this.#isPresent[slot] === 0) writeNull(output, row);
    else writeValue(output, row, output.type === 'string' ? this.#texts[slot]! : this.#numbers[slot]!);
  }

  /** The values of these slots, in this order; all of them are reserved. */
  snapshot(slots: Uint32Array): Snapshot {
    const isPresent = gatherUint8(this.#isPresent, slots);
    const hasTexts = this.#texts.length > 0 && isPresent.includes(1);
    return {
      isPresent,
      numbers: gatherFloat64(this.#numbers, slots),
      texts: hasTexts ? Array.from(slots, slot => this.#textOf(slot)) : [],
    };
  }

  /** Value i goes to slot `slots[i]`, which is reserved; −1: it is left out. */
  restore(snapshot: Snapshot, slots: Int32Array): void {
    const isPresent = snapshot['isPresent'] as Uint8Array;
    const texts = snapshot['texts'] as readonly string[];
    scatterUint8(isPresent, slots, this.#isPresent);
    scatterFloat64(snapshot['numbers'] as Float64Array, slots, this.#numbers);
    for (let i = 0; i < texts.length; i++) {
      if (slots[i]! >= 0 && isPresent[i] === 1) this.#setText(slots[i]!, texts[i]!);
    }
  }

  #setText(slot: number, text: string): void {
    while (this.#texts.length < slot) this.#texts.push('');
    this.#texts[slot] = text;
  }

  #textOf(slot: number): string {
    return this.#isPresent[slot] === 1 ? this.#texts[slot]! : '';
  }
}
