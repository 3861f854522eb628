import { writeNull, writeValue } from './column-writer.ts';
import type { Column } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import { growFloat64, growUint8 } from './growable.ts';

/** One value of any column's type, or null, per slot. New slots are null. Text is kept by reference: as large as it is. */
export class ValueSlots {
  static readonly bytesPerSlot = 9;
  #isPresent = new Uint8Array(0);
  #numbers = new Float64Array(0);
  readonly #texts: string[] = [];

  reserve(count: number): void {
    this.#isPresent = growUint8(this.#isPresent, count);
    this.#numbers = growFloat64(this.#numbers, count);
  }

  clear(slot: number): void {
    this.#isPresent[slot] = 0;
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
    while (this.#texts.length < slot) this.#texts.push('');
    this.#texts[slot] = column.values[row]!;
  }

  /** Whether the slot holds what the column's row holds; neither is null. */
  equals(slot: number, column: Column, row: number): boolean {
    return column.values[row] === (column.type === 'string' ? this.#texts[slot] : this.#numbers[slot]);
  }

  write(slot: number, output: Column, row: number): void {
    if (this.#isPresent[slot] === 0) writeNull(output, row);
    else writeValue(output, row, output.type === 'string' ? this.#texts[slot]! : this.#numbers[slot]!);
  }

  snapshot(): Snapshot {
    const texts = Array.from(this.#texts, (text, slot) => (this.#isPresent[slot] === 1 ? text : ''));
    return { isPresent: this.#isPresent.slice(), numbers: this.#numbers.slice(), texts };
  }

  restore(snapshot: Snapshot): void {
    this.#isPresent = (snapshot['isPresent'] as Uint8Array).slice();
    this.#numbers = (snapshot['numbers'] as Float64Array).slice();
    const texts = snapshot['texts'] as readonly string[];
    for (const text of texts) this.#texts.push(text); // called once, when there is none
  }
}
