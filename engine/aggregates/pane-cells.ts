import type { AggregateColumn } from '../../dsl/plan.ts';
import type { Column, SymbolTable } from '../batch.ts';
import type { Frame } from '../operator.ts';
import { writeNull, writeNumber } from '../state/column-writer.ts';
import { growFloat64 } from '../state/growable.ts';
import { CELL_AGGREGATES, CELL_GROUPS, type CellAggregate, type CellGroupName } from './cell-aggregates.ts';
import { type CellsOf, type CellValues, createCellLoop, createCellValues } from './cell-loop.ts';
import type { PaneInput, PaneState, PaneValue } from './pane-aggregate.ts';

/** `columns`: the frame's slots of the arguments. */
export type PlacedAggregate = { readonly column: AggregateColumn; readonly columns: readonly number[] };

export function isOfCells({ column }: PlacedAggregate): boolean {
  return CELL_AGGREGATES[column.aggregate] !== undefined;
}

/**
 * All aggregates of a window's panes that are of cells: those of one pane lie side by side, a line of the cache or two, and
 * one loop takes an entry into all of them.
 */
export class PaneCells implements PaneState {
  readonly bytesPerSlot: number;
  readonly bytesPerValue = 0;
  /** In the order of the aggregates. */
  readonly values: readonly PaneValue[];
  readonly #width: number;
  readonly #empty: Float64Array;
  readonly #take: ReturnType<typeof createCellLoop>;
  readonly #close: CellValues['close'];
  #cells = new Float64Array(0);
  #slotCount = 0; // that were asked for; what is behind them takes no memory before it is written

  constructor(aggregates: readonly PlacedAggregate[], symbols: SymbolTable) {
    const { parts, empty } = layOut(aggregates);
    this.#width = empty.length;
    this.#empty = empty;
    this.bytesPerSlot = empty.length * 8;
    this.#take = createCellLoop(parts, empty.length, symbols);
    const placed = aggregates.map(({ column, columns }) => {
      const { places } = parts.find(part => part.column === columns[0])!;
      return { ...CELL_AGGREGATES[column.aggregate]!, places };
    });
    const { values, close } = createCellValues(placed, empty, symbols);
    this.#close = close;
    this.values = placed.map(({ saved, places }, i) => this.#valueOf(values[i]!, saved, places));
  }

  reserve(count: number): void {
    this.#cells = growFloat64(this.#cells, count * this.#width);
    for (; this.#slotCount < count; this.#slotCount++) this.#fill(this.#slotCount * this.#width);
  }

  reset(slot: number): void {
    this.#fill(slot * this.#width);
  }

  accumulate(input: PaneInput, frame: Frame): void {
    this.#take(input, frame, this.#cells);
  }

  /** The values of pane `slots[i]`, if not negative, go into row i of the outputs, one for each aggregate; then it is empty. */
  closeRows(slots: Int32Array, length: number, outputs: readonly Column[]): void {
    const outs = outputs.map(({ values }) => values as Float64Array); // as: they are numbers
    if (this.#close(this.#cells, slots, length, outs) && outputs.every(({ valid }) => valid === undefined)) return;
    for (const output of outputs) settle(output, slots, length);
  }

  get stateBytes(): number {
    return this.#cells.byteLength;
  }

  #fill(at: number): void {
    const empty = this.#empty;
    const cells = this.#cells;
    for (let i = 0; i < empty.length; i++) cells[at + i] = empty[i]!;
  }

  #valueOf(
    valueOf: CellValues['values'][number],
    saved: CellAggregate['saved'],
    places: ReadonlyMap<string, number>,
  ): PaneValue {
    const names = Object.entries(saved).map(([name, cell]) => ({ name, place: places.get(cell)! }));
    return {
      write: (slot, output, row) => writeNumber(output, row, valueOf(this.#cells, slot * this.#width)),
      snapshot: slots => Object.fromEntries(names.map(({ name, place }) => [name, this.#gather(name, place, slots)])),
      restore: (snapshot, slots) =>
        names.forEach(({ name, place }) => this.#scatter(snapshot[name] as Float64Array | Uint32Array, place, slots)),
    };
  }

  /** Counts are whole numbers, and stored as such. */
  #gather(name: string, place: number, slots: Uint32Array): Float64Array | Uint32Array {
    const cells = this.#cells;
    const width = this.#width;
    const to = name === 'counts' ? new Uint32Array(slots.length) : new Float64Array(slots.length);
    for (let i = 0; i < slots.length; i++) to[i] = cells[slots[i]! * width + place]!;
    return to;
  }

  #scatter(from: Float64Array | Uint32Array, place: number, slots: Int32Array): void {
    for (let i = 0; i < slots.length; i++) {
      if (slots[i]! >= 0) this.#cells[slots[i]! * this.#width + place] = from[i]!;
    }
  }
}

/** What is not finite is null. */
function settle(output: Column, slots: Int32Array, length: number): void {
  for (let i = 0; i < length; i++) {
    if (slots[i]! < 0) continue;
    if (!Number.isFinite(output.values[i])) writeNull(output, i);
    else if (output.valid !== undefined) output.valid[i] = 1;
  }
}

/** What is kept of each argument, each group once, and what an empty pane holds. */
function layOut(aggregates: readonly PlacedAggregate[]): {
  readonly parts: readonly CellsOf[];
  readonly empty: Float64Array;
} {
  const groupsOf = new Map<number | undefined, Set<CellGroupName>>();
  for (const { column, columns } of aggregates) {
    const groups = groupsOf.get(columns[0]) ?? new Set();
    for (const group of CELL_AGGREGATES[column.aggregate]!.groups) groups.add(group);
    groupsOf.set(columns[0], groups);
  }
  const empty: number[] = [];
  const parts = [...groupsOf].map(([column, wanted]) => {
    const groups = (Object.keys(CELL_GROUPS) as CellGroupName[]).filter(group => wanted.has(group)); // as: its keys
    const places = new Map<string, number>();
    for (const group of groups) {
      for (const [cell, value] of Object.entries(CELL_GROUPS[group].cells)) places.set(cell, empty.push(value) - 1);
    }
    return { column, groups, places };
  });
  return { parts, empty: Float64Array.from(empty) };
}
