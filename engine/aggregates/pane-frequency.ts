import type { Column } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { writeNull, writeNumber, writeValue } from '../state/column-writer.ts';
import type { PaneAggregate, PaneInput } from './pane-aggregate.ts';

/** How often each different value came, in order of their first coming. 0 and −0 are one value, as Map has it. */
type Frequencies = Map<number | string, number>;

/** `mode` (the first to come wins a tie) and `distinct`, of values of any type. */
export class PaneFrequency implements PaneAggregate {
  readonly bytesPerSlot = 8;
  readonly bytesPerValue = 65; // a Map's entry of a float, measured; text comes on top
  readonly #kind: 'mode' | 'distinct';
  readonly #column: number;
  readonly #frequencies: (Frequencies | undefined)[] = []; // bound: the pane's different values; let go at reset
  #valueCount = 0; // of all slots

  constructor(kind: 'mode' | 'distinct', column: number) {
    this.#kind = kind;
    this.#column = column;
  }

  reserve(count: number): void {
    while (this.#frequencies.length < count) this.#frequencies.push(undefined);
  }

  reset(slot: number): void {
    this.#valueCount -= this.#frequencies[slot]?.size ?? 0;
    this.#frequencies[slot] = undefined;
  }

  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const { values, valid } = frame.columns[this.#column]!;
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      const entry = entries === undefined ? j : entries[j]!;
      if (valid !== undefined && valid[entry] === 0) continue;
      const frequencies = this.#frequenciesOf(slot);
      const before = frequencies.get(values[entry]!) ?? 0;
      if (before === 0) this.#valueCount++;
      frequencies.set(values[entry]!, before + 1);
    }
  }

  write(slot: number, output: Column, row: number): void {
    const frequencies = this.#frequencies[slot];
    if (this.#kind === 'distinct') writeNumber(output, row, frequencies?.size ?? 0);
    else if (frequencies === undefined) writeNull(output, row);
    else writeValue(output, row, mostFrequent(frequencies));
  }

  /** How many different values each slot has; then, one slot after the other, the values and how often each came. */
  snapshot(slots: Uint32Array): Snapshot {
    const sizes = Uint32Array.from(slots, slot => this.#frequencies[slot]?.size ?? 0);
    const counts = new Uint32Array(sizes.reduce((sum, size) => sum + size, 0));
    const numbers: number[] = [];
    const texts: string[] = [];
    let row = 0;
    for (const slot of slots) {
      for (const [value, count] of this.#frequencies[slot] ?? []) {
        if (typeof value === 'number') numbers.push(value);
        else texts.push(value);
        counts[row++] = count;
      }
    }
    return { sizes, counts, numbers: Float64Array.from(numbers), texts };
  }

  restore(snapshot: Snapshot, slots: Int32Array): void {
    const sizes = snapshot['sizes'] as Uint32Array;
    const counts = snapshot['counts'] as Uint32Array;
    const texts = snapshot['texts'] as readonly string[];
    const values = texts.length > 0 ? texts : (snapshot['numbers'] as Float64Array); // a column has one type
    let start = 0;
    for (let i = 0; i < slots.length; i++) {
      const end = start + sizes[i]!;
      if (slots[i]! >= 0 && end > start) this.#put(slots[i]!, { values, counts, start, end });
      start = end;
    }
  }

  get stateBytes(): number {
    return this.#frequencies.length * this.bytesPerSlot + this.#valueCount * this.bytesPerValue;
  }

  #put(slot: number, { values, counts, start, end }: Stored): void {
    const frequencies = this.#frequenciesOf(slot);
    for (let row = start; row < end; row++) frequencies.set(values[row]!, counts[row]!);
    this.#valueCount += end - start;
  }

  #frequenciesOf(slot: number): Frequencies {
    let frequencies = this.#frequencies[slot];
    if (frequencies === undefined) this.#frequencies[slot] = frequencies = new Map();
    return frequencies;
  }
}

/** Rows [start, end) of a snapshot. */
type Stored = {
  readonly values: readonly string[] | Float64Array;
  readonly counts: Uint32Array;
  readonly start: number;
  readonly end: number;
};

function mostFrequent(frequencies: Frequencies): number | string {
  let mode: number | string = 0;
  let most = 0;
  for (const [value, count] of frequencies) {
    if (count <= most) continue;
    most = count;
    mode = value;
  }
  return mode;
}
