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

  constructor(kind: 'mode' | 'distinct', column: number) {
    this.#kind = kind;
    this.#column = column;
  }

  reserve(count: number): void {
    while (this.#frequencies.length < count) this.#frequencies.push(undefined);
  }

  reset(slot: number): void {
    this.#frequencies[slot] = undefined;
  }

  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const { values, valid } = frame.columns[this.#column]!;
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      const entry = entries === undefined ? j : entries[j]!;
      if (valid !== undefined && valid[entry] === 0) continue;
      let frequencies = this.#frequencies[slot];
      if (frequencies === undefined) this.#frequencies[slot] = frequencies = new Map();
      frequencies.set(values[entry]!, (frequencies.get(values[entry]!) ?? 0) + 1);
    }
  }

  write(slot: number, output: Column, row: number): void {
    const frequencies = this.#frequencies[slot];
    if (this.#kind === 'distinct') writeNumber(output, row, frequencies?.size ?? 0);
    else if (frequencies === undefined) writeNull(output, row);
    else writeValue(output, row, mostFrequent(frequencies));
  }

  snapshot(): Snapshot {
    return { frequencies: this.#frequencies.map(saved) };
  }

  restore(snapshot: Snapshot): void {
    const all = snapshot['frequencies'] as readonly ({ values: (number | string)[]; counts: number[] } | null)[];
    all.forEach((of, slot) => {
      this.#frequencies[slot] = of === null ? undefined : new Map(of.values.map((value, i) => [value, of.counts[i]!]));
    });
  }
}

function saved(frequencies: Frequencies | undefined): Snapshot | null {
  if (frequencies === undefined) return null;
  return { values: [...frequencies.keys()], counts: [...frequencies.values()] };
}

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
