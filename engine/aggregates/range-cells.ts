import type { AggregateColumn, RangeNode } from '../../dsl/plan.ts';
import type { Column, SymbolTable } from '../batch.ts';
import type { Frame } from '../operator.ts';
import { writeNull } from '../state/column-writer.ts';
import { growFloat64 } from '../state/growable.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import { CELL_GROUPS } from './cell-aggregates.ts';
import type { RangeInput } from './range-input.ts';
import {
  createRangeLoop,
  type CellRangeName,
  GROUPS_OF,
  type RangeGroupName,
  type RangeLoop,
  type RangeLoopCase,
  type RangePart,
  type RangeValue,
} from './range-loop.ts';

/** An aggregate, the input of its argument if it has one, and its place among the node's aggregates. */
export type RangeColumn = {
  readonly column: AggregateColumn;
  readonly input: RangeInput | undefined;
  readonly index: number;
};

/** Those that are of cells; a count of values goes with another aggregate of them, since these are numbers then. */
export function rangesOfCells(columns: readonly RangeColumn[]): readonly RangeColumn[] {
  const inputs = new Set(columns.filter(({ column }) => isOfGroup(column)).map(({ input }) => input));
  return columns.filter(
    ({ column, input }) =>
      isOfGroup(column) || (column.aggregate === 'count' && (input === undefined || inputs.has(input))),
  );
}

/**
 * Moves the ring of a range, and in the same loop computes all of its aggregates that are of cells: a row costs a few lines
 * of the cache once, not once for each aggregate.
 */
export class RangeCells {
  readonly bytesPerRow: number;
  readonly bytesPerKey: number;
  readonly #columns: readonly RangeColumn[];
  readonly #ring: RangeRing;
  readonly #parts: readonly RangePart[];
  readonly #range: RangeNode['range'];
  readonly #createLoop: (hasNow: RangeLoopCase) => RangeLoop;
  readonly #loops: (RangeLoop | undefined)[] = [];
  #hasNulls = false; // in range, or has had
  readonly #hasFollowers: boolean;
  readonly #empty: Float64Array;
  readonly #outputs: Column[] = [];
  #numbers = new Float64Array(0); // by key

  constructor(
    columns: readonly RangeColumn[],
    {
      ring,
      range,
      symbols,
      hasFollowers,
    }: {
      readonly ring: RangeRing;
      readonly range: RangeNode['range'];
      readonly symbols: SymbolTable;
      readonly hasFollowers: boolean;
    },
  ) {
    this.#columns = columns;
    this.#ring = ring;
    this.#hasFollowers = hasFollowers;
    const empty: number[] = [];
    const inputs = [...new Set(columns.flatMap(({ input }) => input ?? []))];
    const parts = inputs.map(input => layOut(input, { columns, ring, empty }));
    this.#empty = Float64Array.from(empty);
    this.bytesPerKey = empty.length * 8;
    this.bytesPerRow = parts.reduce((bytes, { groups }) => bytes + groups.size * 8, 0);
    const values = columns.map(({ column, input }) =>
      valueOf(column, input === undefined ? -1 : inputs.indexOf(input)),
    );
    const unit = 'us' in range ? 'us' : 'events';
    const shape = { parts, values, rowWidth: ring.width, keyWidth: empty.length, unit, hasFollowers } as const;
    this.#parts = parts;
    this.#range = range;
    this.#createLoop = hasNow => createRangeLoop({ ...shape, ...hasNow }, symbols);
  }

  take(
    frame: Frame,
    choice: { readonly mask: Uint8Array | undefined; readonly isTaken: Uint8Array | undefined },
    { outputs, steps }: { readonly outputs: readonly Column[]; readonly steps: RangeSteps },
  ): void {
    this.#reserve();
    this.#columns.forEach(({ index }, i) => {
      this.#outputs[i] = outputs[index]!;
    });
    const input = { frame, range: this.#range, ...choice, outputs: this.#outputs, steps };
    const isWhole = choice.mask === undefined && choice.isTaken === undefined;
    this.#hasNulls ||= this.#parts.some(({ column }) => frame.columns[column]!.valid !== undefined);
    steps.length = 0;
    let i = 0;
    while ((i = this.#loopFor(isWhole).take(input, this.#ring, this.#numbers, i)) < frame.length) {
      this.#makeRoom(frame.keyIds, i);
    }
    for (const output of this.#outputs) settle(output, frame.length, choice.mask);
  }

  /** Of keys whose rows are in the ring again. */
  restore(keyIds: Int32Array): void {
    this.#reserve();
    this.#hasNulls = true; // there may be some among these rows
    const loop = this.#loopFor(false);
    for (const key of keyIds) if (key >= 0) loop.restore(this.#ring, key, this.#numbers);
  }

  forget(key: number): void {
    const at = key * this.#empty.length;
    if (at + this.#empty.length <= this.#numbers.length) this.#numbers.set(this.#empty, at);
  }

  get stateBytes(): number {
    return this.#numbers.byteLength;
  }

  #loopFor(isWhole: boolean): RangeLoop {
    const hasNulls = this.#hasNulls;
    const { isOneSegment } = this.#ring;
    const at = Number(hasNulls) * 4 + Number(isWhole) * 2 + Number(isOneSegment);
    return (this.#loops[at] ??= this.#createLoop({ hasNulls, isWhole, isOneSegment }));
  }

  /** Of the ring of the entry's key, or of the one before. */
  #makeRoom(keyIds: Uint32Array, entry: number): void {
    if (entry > 0 && !this.#hasFollowers) this.#ring.release(keyIds[entry - 1]!);
    const key = keyIds[entry]!;
    if (!this.#hasFollowers) this.#ring.release(key);
    if (!this.#ring.hasRoom(key)) this.#ring.grow(key);
  }

  #reserve(): void {
    const width = this.#empty.length;
    const known = this.#numbers.length;
    this.#numbers = growFloat64(this.#numbers, this.#ring.keyCount * width);
    for (let at = known - (known % width); at + width <= this.#numbers.length; at += width)
      this.#numbers.set(this.#empty, at);
  }
}

/** What is not finite is null. */
function settle(output: Column, length: number, mask: Uint8Array | undefined): void {
  const values = output.values as Float64Array; // as: they are numbers
  let check = 0;
  for (let i = 0; i < length; i++) check += values[i]! - values[i]!;
  if (check === 0) return;
  for (let i = 0; i < length; i++) {
    if ((mask === undefined || mask[i] === 1) && !Number.isFinite(values[i])) writeNull(output, i);
  }
}

function isOfGroup({ aggregate }: AggregateColumn): boolean {
  return Object.hasOwn(GROUPS_OF, aggregate);
}

/** Places for what is kept of an input, by key and beside each row. */
function layOut(
  input: RangeInput,
  {
    columns,
    ring,
    empty,
  }: { readonly columns: readonly RangeColumn[]; readonly ring: RangeRing; readonly empty: number[] },
): RangePart {
  const nulls = empty.push(0) - 1;
  const groups = new Map<RangeGroupName, { front: number; cells: Map<string, number> }>();
  for (const { column, input: ofColumn } of columns) {
    if (ofColumn !== input || !isOfGroup(column)) continue;
    for (const group of GROUPS_OF[column.aggregate as CellRangeName]) {
      // as: it is one of them
      if (groups.has(group)) continue;
      const cells = new Map(
        Object.entries(CELL_GROUPS[group].cells).map(([cell, value]) => [cell, empty.push(value) - 1]),
      );
      groups.set(group, { front: ring.widen(1), cells });
    }
  }
  return { column: input.column, offset: input.offset, nulls, groups };
}

function valueOf({ aggregate }: AggregateColumn, part: number): RangeValue {
  if (aggregate === 'count') return part < 0 ? { kind: 'rows' } : { kind: 'count', part };
  return { kind: aggregate as CellRangeName, part }; // as: it is of cells
}
