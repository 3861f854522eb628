import type { BoundValue } from '../../dsl/plan.ts';
import { createPaneAggregate, type PaneAggregate } from '../aggregates/pane-aggregate.ts';
import { type Column, createColumn, type SymbolTable } from '../batch.ts';
import type { Frame, Snapshot, View } from '../operator.ts';
import { slotOf } from '../operators/slot-of.ts';
import { asSnapshot, columnBytes, copyValue, gatherColumn, growColumn, restoreColumn } from '../state/columns.ts';
import { gatherUint32, scatterUint32 } from '../state/gather.ts';
import { growUint32 } from '../state/growable.ts';

/** One value of every place, as a column that conditions and rows read. */
type Kept = {
  readonly value: BoundValue;
  readonly column: Column;
  readonly from: number | null; // the frame's slot
  readonly aggregate: PaneAggregate | null;
};

const NO_BOUNDS = { startUs: 0, endUs: 0 };

/**
 * What is kept of the rows that are bound, by place: a number that whoever owns partial matches hands out. A place is cleared
 * before its first use. Rows are not kept: values that nobody reads are gone with their row.
 */
export class BoundValues {
  readonly columns: readonly Column[];
  readonly #kept: readonly Kept[];
  readonly #ofEvent: readonly (readonly Kept[])[];
  readonly #isCounted: readonly boolean[]; // by event: some value is of a row by its number
  #counts: Uint32Array[]; // by event, by place: rows bound
  readonly #entry = { length: 1, entries: new Uint32Array(1), slots: new Int32Array(1) };
  readonly #one = new Uint32Array(1);
  readonly #other = new Int32Array(1);

  constructor(
    { values, events }: { readonly values: readonly BoundValue[]; readonly events: readonly unknown[] },
    { input, symbols }: { readonly input: View; readonly symbols: SymbolTable },
  ) {
    this.#kept = values.map(value => ({
      value,
      column: nullable(value),
      from: value.column === null ? null : slotOf(input, value.column),
      aggregate: value.take.kind === 'aggregate' ? aggregateOf(value, input, symbols) : null,
    }));
    this.columns = this.#kept.map(({ column }) => column);
    this.#ofEvent = events.map((_, event) => this.#kept.filter(({ value }) => value.event === event));
    this.#isCounted = this.#ofEvent.map(kept => kept.some(({ value }) => value.take.kind === 'index'));
    this.#counts = events.map(() => new Uint32Array(0));
  }

  get bytesPerPlace(): number {
    const values = this.#kept.reduce((bytes, { aggregate }) => bytes + 9 + (aggregate?.bytesPerSlot ?? 0), 0);
    return values + this.#isCounted.filter(Boolean).length * 4;
  }

  /** Whether anything is kept of further rows of the event, once one is bound. */
  keepsMoreThanFirst(event: number): boolean {
    return this.#ofEvent[event]!.some(({ value }) => value.take.kind !== 'first');
  }

  reserve(places: number): void {
    for (const { column, aggregate } of this.#kept) {
      growColumn(column, places);
      aggregate?.reserve(places);
    }
    this.#counts = this.#counts.map((counts, event) => (this.#isCounted[event]! ? growUint32(counts, places) : counts));
  }

  /** Nothing is bound to these events, bit by bit. */
  clear(place: number, events: number): void {
    for (let rest = events; rest !== 0; rest &= rest - 1) {
      const event = 31 - Math.clz32(rest & -rest);
      if (this.#isCounted[event]!) this.#counts[event]![place] = 0;
      for (const { column, aggregate } of this.#ofEvent[event]!) {
        column.valid![place] = 0;
        if (column.type === 'string') column.values[place] = ''; // the text may go
        aggregate?.reset(place);
        aggregate?.write(place, column, place, NO_BOUNDS);
      }
    }
  }

  bind(event: number, frame: Frame, row: number, { place, isFirst }: { place: number; isFirst: boolean }): void {
    const count = this.#isCounted[event]! ? this.#counts[event]![place]!++ : 0;
    for (const { value, column, from, aggregate } of this.#ofEvent[event]!) {
      const { take } = value;
      if (aggregate !== null) {
        this.#entry.entries[0] = row;
        this.#entry.slots[0] = place;
        aggregate.accumulate(this.#entry, frame);
        aggregate.write(place, column, place, NO_BOUNDS);
      } else if (
        take.kind === 'last' ||
        (take.kind === 'first' ? isFirst : take.kind === 'index' && take.index === count)
      ) {
        copyValue(frame.columns[from!]!, row, column, place);
      }
    }
  }

  /** What is kept of these events goes from one place to another. */
  copy(from: number, to: number, events: number): void {
    this.#one[0] = from;
    this.#other[0] = to;
    for (let rest = events; rest !== 0; rest &= rest - 1) {
      const event = 31 - Math.clz32(rest & -rest);
      if (this.#isCounted[event]!) this.#counts[event]![to] = this.#counts[event]![from]!;
      for (const { column, aggregate } of this.#ofEvent[event]!) {
        copyValue(column, from, column, to);
        aggregate?.restore(aggregate.snapshot(this.#one), this.#other);
      }
    }
  }

  /** Of these places, in this order: by value's name what is kept, and how many rows are bound to events. */
  snapshot(places: Uint32Array): { readonly named: Snapshot; readonly counts: Snapshot } {
    const named = this.#kept.map(({ value, column, aggregate }) => {
      const content = { column: asSnapshot(gatherColumn(column, places, places.length)) };
      return [
        value.name,
        aggregate === null ? content : { ...content, aggregate: aggregate.snapshot(places) },
      ] as const;
    });
    const counts = this.#counts.flatMap((own, event) =>
      this.#isCounted[event]! ? [[String(event), gatherUint32(own, places)] as const] : [],
    );
    return { named: Object.fromEntries(named), counts: Object.fromEntries(counts) };
  }

  /** Row i goes to place `places[i]`, which is reserved; −1: it is left out. */
  restore({ named, counts }: { readonly named: Snapshot; readonly counts: Snapshot }, places: Int32Array): void {
    for (const { value, column, aggregate } of this.#kept) {
      const content = named[value.name] as Snapshot;
      const stored = restoreColumn(content['column'] as Snapshot);
      for (let i = 0; i < places.length; i++) if (places[i]! >= 0) copyValue(stored, i, column, places[i]!);
      aggregate?.restore(content['aggregate'] as Snapshot, places);
    }
    for (const [event, own] of this.#counts.entries()) {
      if (this.#isCounted[event]!) scatterUint32(counts[event] as Uint32Array, places, own);
    }
  }

  get stateBytes(): number {
    const values = this.#kept.reduce(
      (bytes, { column, aggregate }) => bytes + columnBytes(column) + (aggregate?.stateBytes ?? 0),
      0,
    );
    return this.#counts.reduce((bytes, counts) => bytes + counts.byteLength, values);
  }
}

function nullable({ type }: BoundValue): Column {
  const column = createColumn(type, 0);
  column.valid = new Uint8Array(0);
  return column;
}

function aggregateOf(
  { name, take, column, type }: BoundValue,
  input: View,
  symbols: SymbolTable,
): PaneAggregate | null {
  if (take.kind !== 'aggregate') return null;
  const call = { name, type, aggregate: take.aggregate, arguments: column === null ? [] : [column] };
  return createPaneAggregate(call, input, symbols);
}
