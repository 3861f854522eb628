import { type BoundValue, columnsOf, type MatchNode } from '../../dsl/plan.ts';
import { createPaneAggregates, type PaneInput } from '../aggregates/pane-aggregate.ts';
import type { Column, SymbolTable } from '../batch.ts';
import type { Frame, Snapshot, View } from '../operator.ts';
import { slotOf } from '../operators/slot-of.ts';
import { lowestBit } from './event-bits.ts';
import { KeptAggregate } from './kept-aggregate.ts';
import { KeptRow } from './kept-row.ts';

/** One value of every place. */
export interface KeptValue {
  /** By place, what conditions and rows read; each has its `valid`. */
  readonly column: Column;
  reserve(places: number): void;
  /** No row is bound. */
  clear(place: number): void;
  /** Entry `entries[j]` of the frame is bound at place `slots[j]`, in order. */
  bind(rows: PaneInput, frame: Frame): void;
  /** Before the column is read for a row. */
  settle(place: number): void;
  copy(from: number, to: number): void;
  snapshot(places: Uint32Array): Snapshot;
  /** Row i goes to place `places[i]`; −1: it is left out. */
  restore(snapshot: Snapshot, places: Int32Array): void;
  readonly bytesPerPlace: number;
  readonly stateBytes: number;
}

/**
 * What is kept of the rows that are bound, by place: a number that whoever owns partial matches hands out. A place is cleared
 * before its first use. Rows are not kept: values that nobody reads are gone with their row.
 */
export class BoundValues {
  readonly columns: readonly Column[];
  readonly #kept: readonly KeptValue[];
  readonly #names: readonly string[];
  readonly #ofEvent: readonly (readonly KeptValue[])[];
  readonly #slotsOf: readonly (readonly number[])[];
  readonly #one = { length: 1, entries: new Uint32Array(1), slots: new Int32Array(1) };

  constructor(
    { values, events }: Pick<MatchNode, 'values' | 'events'>,
    context: { readonly input: View; readonly symbols: SymbolTable },
  ) {
    const read = new Set(events.flatMap(({ condition }) => (condition === null ? [] : columnsOf(condition))));
    this.#kept = values.map(value => createKept(value, { ...context, isRead: read.has(value.name) }));
    this.#names = values.map(value => value.name);
    this.#ofEvent = events.map((_, event) => this.#kept.filter((_, i) => values[i]!.event === event));
    this.#slotsOf = events.map((_, event) => {
      const own = values.flatMap(value => (value.event === event && value.column !== null ? [value.column] : []));
      return [...new Set(own.map(column => slotOf(context.input, column)))];
    });
    this.columns = this.#kept.map(({ column }) => column);
  }

  get bytesPerPlace(): number {
    return this.#kept.reduce((bytes, kept) => bytes + kept.bytesPerPlace, 0);
  }

  reserve(places: number): void {
    for (const kept of this.#kept) kept.reserve(places);
  }

  /** Nothing is bound to these events, bit by bit. */
  clear(place: number, events: number): void {
    for (let rest = events; rest !== 0; rest &= rest - 1) {
      for (const kept of this.#ofEvent[lowestBit(rest)]!) kept.clear(place);
    }
  }

  bind(event: number, frame: Frame, row: number, place: number): void {
    const one = this.#one;
    one.entries[0] = row;
    one.slots[0] = place;
    this.bindAll(event, frame, one);
  }

  bindAll(event: number, frame: Frame, rows: PaneInput): void {
    for (const kept of this.#ofEvent[event]!) kept.bind(rows, frame);
  }

  /** Of a frame's columns, those that are read where a row is bound to the event. */
  slotsOf(event: number): readonly number[] {
    return this.#slotsOf[event]!;
  }

  /** Before a row is made of a place. */
  settle(place: number): void {
    for (const kept of this.#kept) kept.settle(place);
  }

  /** What is kept of these events goes from one place to another. */
  copy(from: number, to: number, events: number): void {
    for (let rest = events; rest !== 0; rest &= rest - 1) {
      for (const kept of this.#ofEvent[lowestBit(rest)]!) kept.copy(from, to);
    }
  }

  /** By value's name; of these places, in this order. */
  snapshot(places: Uint32Array): Snapshot {
    return Object.fromEntries(this.#kept.map((kept, i) => [this.#names[i]!, kept.snapshot(places)]));
  }

  /** Row i goes to place `places[i]`, which is reserved; −1: it is left out. */
  restore(snapshot: Snapshot, places: Int32Array): void {
    for (const [i, kept] of this.#kept.entries()) kept.restore(snapshot[this.#names[i]!] as Snapshot, places);
  }

  get stateBytes(): number {
    return this.#kept.reduce((bytes, kept) => bytes + kept.stateBytes, 0);
  }
}

type KeptContext = { readonly input: View; readonly symbols: SymbolTable; readonly isRead: boolean };

function createKept(value: BoundValue, { input, symbols, isRead }: KeptContext): KeptValue {
  const { name, take, column, type } = value;
  if (take.kind === 'aggregate') {
    const call = { name, type, aggregate: take.aggregate, arguments: column === null ? [] : [column] };
    return new KeptAggregate(value, createPaneAggregates([call], input, symbols), isRead);
  }
  const index = take.kind === 'index' ? take.index : take.kind === 'first' ? 0 : null;
  return new KeptRow(value, { from: slotOf(input, column!), index }); // only an aggregate may be of no column
}
