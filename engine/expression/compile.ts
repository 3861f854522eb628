import { columnsOf, type Expression } from '../../dsl/plan.ts';
import { type Column, createColumn, type SymbolTable } from '../batch.ts';
import { scalarFunctions } from '../functions/index.ts';
import type { Functions } from '../functions/own-functions.ts';
import type { Frame, View } from '../operator.ts';
import { type ChainSteps, generateChain } from './chain-source.ts';
import {
  generateBits,
  generateColumn,
  generateMarks,
  generateMask,
  generateSelection,
  generateTest,
  type RowBits,
} from './generate.ts';
import type { Bound } from './loop-source.ts';
import { instantiate } from './shared-code.ts';

type CompileContext = {
  readonly input: View;
  readonly symbols: SymbolTable;
  /** Default: those of the language. */
  readonly functions?: Functions | undefined;
  /** Of the generated source: `<node id>/when`. */
  readonly name: string;
};

/**
 * Computes the column for all entries of the frame; of entries that are no rows it holds garbage, with valid ids where
 * they are symbols'; `mask` says which those are (undefined: none), as functions of the program are not called for them. The column is the function's own: at least `frame.length` long, and good until its next call.
 * `source` is the code for frames with nulls.
 */
export type ColumnFunction = {
  (frame: Frame, mask?: Uint8Array): Column;
  readonly source: string;
  readonly needsMask: boolean;
};

/**
 * 1 where the row exists under `mask` (undefined: all do) and the condition is true: not false, not null. The array is
 * the function's own, as above.
 */
export type MaskFunction = { (frame: Frame, mask: Uint8Array | undefined): Uint8Array; readonly source: string };

/**
 * Generates the function of an expression over a view's columns, by the rules of `Expression`. Values that are there
 * are finite. One version of the code is for frames in which no input has a null, made when first needed. Literals beside
 * symbols get their ids here, so the table is to be restored before.
 */
export function compileColumn(expression: Expression, given: CompileContext): ColumnFunction {
  const context = { ...given, functions: given.functions ?? scalarFunctions };
  const source = generateColumn(expression, { ...context, hasNulls: true });
  const sourceFor = (hasNulls: boolean) =>
    hasNulls ? source : generateColumn(expression, { ...context, hasNulls: false });
  const fillFor = codeForFrames<FillColumn>(columnsOf(expression), context, sourceFor);
  let column = createColumn(expression.type, 0);
  let valid = new Uint8Array(0);
  const evaluate = (frame: Frame, mask?: Uint8Array): Column => {
    if (column.values.length < frame.length) {
      column = createColumn(expression.type, capacityFor(frame.length));
      valid = new Uint8Array(column.values.length);
    }
    const fill = fillFor(frame);
    const ones = onesFor(frame.length);
    column.valid = fill(frame, ones, column.values, valid, mask ?? ones) ? undefined : valid;
    return column;
  };
  return Object.assign(evaluate, { source, needsMask: source.includes('mask[i]') });
}

export function compileMask(condition: Expression, given: CompileContext): MaskFunction {
  const context = { ...given, functions: given.functions ?? scalarFunctions };
  const sourceFor = (hasMask: boolean) => (hasNulls: boolean) =>
    generateMask(condition, { ...context, hasNulls, hasMask });
  const fillAllFor = codeForFrames<FillMask>(columnsOf(condition), context, sourceFor(false));
  const fillMaskedFor = codeForFrames<FillMask>(columnsOf(condition), context, sourceFor(true));
  let exists = new Uint8Array(0);
  const evaluate = (frame: Frame, mask: Uint8Array | undefined): Uint8Array => {
    if (exists.length < frame.length) exists = new Uint8Array(capacityFor(frame.length));
    const fill = mask === undefined ? fillAllFor(frame) : fillMaskedFor(frame);
    fill(frame, onesFor(frame.length), mask, exists);
    return exists;
  };
  return Object.assign(evaluate, { source: sourceFor(true)(true) });
}

/**
 * Tests rows of a frame, one at a time, beside what is bound at a place of other columns: true where the condition is, not
 * where it is false or null. `open` reads the frame's columns once; the test is good as long as the frame is.
 */
export type RowTest = {
  open(frame: Frame, bound: readonly Column[]): (row: number, place: number) => boolean;
  readonly source: string;
};

/** `bound`: names of the other columns, in their order; each of these has its `valid`, unless they are fixed. */
export function compileTest(
  condition: Expression,
  { bound, ...given }: CompileContext & { readonly bound: Bound },
): RowTest {
  const context = { ...given, functions: given.functions ?? scalarFunctions };
  const source = generateTest(condition, { ...context, bound, hasNulls: true });
  const sourceFor = (hasNulls: boolean) =>
    hasNulls ? source : generateTest(condition, { ...context, bound, hasNulls: false });
  const openFor = codeForFrames<OpenTest>(columnsOf(condition), context, sourceFor);
  return { open: (frame, columns) => openFor(frame)(frame, onesFor(frame.length), columns), source };
}

/** The first `foundCount` rows of `found`, of which each is of a group. */
export type GroupedRows = {
  readonly found: Uint32Array;
  readonly foundCount: number;
  readonly groupOfRow: Int32Array;
};

/** Lists of places, by group; an entry that is no row is of one whose list is empty. */
export type PlacesOfRows = GroupedRows & {
  /** By group, in `placeOf`; 0: the list is empty. */
  readonly firstOf: Int32Array;
  readonly placeOf: Int32Array;
  /** As `placeOf`; 0: it is the last. */
  readonly nextOf: Int32Array;
};

/** Writes 1 for each of the rows of which the condition is true beside what is bound at a place of its group. */
export type MarkFunction = (frame: Frame, bound: readonly Column[], places: PlacesOfRows, marks: Uint8Array) => void;

/** The same as a test of each row and place. Calls of one for each took three times as long. benchmark: throughput/1000-equalities */
export function compileMarks(
  condition: Expression,
  { bound, ...given }: CompileContext & { readonly bound: Bound },
): MarkFunction {
  const context = { ...given, functions: given.functions ?? scalarFunctions };
  const sourceFor = (hasNulls: boolean) => generateMarks(condition, { ...context, bound, hasNulls });
  const markFor = codeForFrames<Mark>(columnsOf(condition), context, sourceFor);
  return (frame, columns, places, marks) => markFor(frame)(frame, onesFor(frame.length), columns, places, marks);
}

/** Writes the bits of each entry of the frame; of entries that are no rows, garbage. */
export function compileBits(rowBits: RowBits, given: CompileContext): (frame: Frame, bits: Int32Array) => void {
  const context = { ...given, functions: given.functions ?? scalarFunctions };
  const columns = rowBits.flatMap(bit => bit.columns);
  const writeFor = codeForFrames<WriteBits>(columns, context, hasNulls =>
    generateBits(rowBits, { ...context, hasNulls }),
  );
  return (frame, bits) => writeFor(frame)(frame, onesFor(frame.length), bits);
}

/**
 * Takes the rows of a frame, of which `bits` says which events they are, from the one on whose match is `told` (−1: from the first).
 * Returns the row with which the next match ends, whose others are the key's last rows until it is called again; the frame's length: none does.
 */
export type ChainFunction = {
  (frame: Frame, bits: Int32Array, lastRows: LastRowsOfKeys, told: number): number;
  /** Whether a column of the frame that it reads has nulls. */
  hasNulls(frame: Frame): boolean;
  readonly source: string;
};

/** By key, partial matches that live, bit by bit: one that began with the last row, with the one before it … By place, rows. */
export type LastRowsOfKeys = {
  readonly live: Int32Array;
  readonly timeUs: Float64Array;
  /** All have their `valid`, or none has a null. */
  readonly columns: readonly Column[];
  readonly haveNulls: boolean;
  /** Of partial matches that were begun or moved, one bit less than they have rows. */
  readonly reached: Int32Array;
};

export function compileChain(chain: ChainSteps, given: CompileContext): ChainFunction {
  const context = { ...given, functions: given.functions ?? scalarFunctions };
  const conditions = chain.steps.flatMap(({ condition }) => (condition === null ? [] : columnsOf(condition)));
  const slots = slotsOf([...chain.kept, ...conditions], context.input);
  const source = generateChain(chain, { ...context, hasNulls: true });
  const codeOf = (text: string) => instantiate(text, context) as TakeChain; // as: what the generator says
  const general = lazy(() => codeOf(source));
  const withoutNulls = lazy(() => codeOf(generateChain(chain, { ...context, hasNulls: false })));
  const take = (frame: Frame, bits: Int32Array, rows: LastRowsOfKeys, told: number): number => {
    const code = rows.haveNulls ? general() : withoutNulls();
    return code(frame, onesFor(frame.length), rows.columns, rows.live, rows.timeUs, bits, rows.reached, told);
  };
  return Object.assign(take, { source, hasNulls: (frame: Frame) => hasNulls(frame, slots) });
}

type WriteBits = (frame: Frame, ones: Uint8Array, bits: Int32Array) => void;
type TakeChain = (
  frame: Frame,
  ones: Uint8Array,
  bound: readonly Column[],
  live: Int32Array,
  firstUs: Float64Array,
  bits: Int32Array,
  reached: Int32Array,
  told: number,
) => number;

/**
 * Writes those of the first `count` rows of `from` of which the condition is true beside what is bound at `place`, in their order,
 * and returns how many these are. `to` has room for all of them; it may be `from`.
 */
export type SelectFunction = (frame: Frame, bound: readonly Column[], place: number, rows: SelectedRows) => number;
export type SelectedRows = { readonly from: Uint32Array; readonly count: number; readonly to: Uint32Array };

/** benchmark: peers, 100-limits */
export function compileSelection(
  condition: Expression,
  { bound, ...given }: CompileContext & { readonly bound: Bound },
): SelectFunction {
  const context = { ...given, functions: given.functions ?? scalarFunctions };
  const sourceFor = (hasNulls: boolean) => generateSelection(condition, { ...context, bound, hasNulls });
  const selectFor = codeForFrames<Select>(columnsOf(condition), context, sourceFor);
  return (frame, columns, place, { from, count, to }) =>
    selectFor(frame)(frame, onesFor(frame.length), columns, place, from, count, to);
}

type Select = (
  frame: Frame,
  ones: Uint8Array,
  bound: readonly Column[],
  place: number,
  found: Uint32Array,
  foundCount: number,
  kept: Uint32Array,
) => number;
type Mark = (frame: Frame, ones: Uint8Array, bound: readonly Column[], places: PlacesOfRows, marks: Uint8Array) => void;
type OpenTest = (frame: Frame, ones: Uint8Array, bound: readonly Column[]) => (row: number, place: number) => boolean;
type FillColumn = (
  frame: Frame,
  ones: Uint8Array,
  out: Column['values'],
  outValid: Uint8Array,
  mask: Uint8Array,
) => boolean;
type FillMask = (frame: Frame, ones: Uint8Array, mask: Uint8Array | undefined, exists: Uint8Array) => void;

/** One version is for frames in which no column that it reads has a null; each is made when it is first needed. */
function codeForFrames<Code>(
  columns: readonly string[],
  context: CompileContext & { readonly functions: Functions },
  sourceFor: (hasNulls: boolean) => string,
): (frame: Frame) => Code {
  const slots = slotsOf(columns, context.input);
  const general = lazy(() => instantiate(sourceFor(true), context) as Code); // as: what the generator says
  const withoutNulls = lazy(() => instantiate(sourceFor(false), context) as Code);
  return frame => (hasNulls(frame, slots) ? general() : withoutNulls());
}

function lazy<Value>(create: () => Value): () => Value {
  let value: Value | undefined;
  return () => (value ??= create());
}

function hasNulls(frame: Frame, slots: readonly number[]): boolean {
  for (const slot of slots) if (frame.columns[slot]!.valid !== undefined) return true;
  return false;
}

/** The slots of columns; `time` may have none, and what is of no frame has none. */
function slotsOf(columns: readonly string[], input: View): number[] {
  const slots = columns.map(column => input.slots.get(column));
  return [...new Set(slots)].filter(slot => slot !== undefined);
}

let ones = new Uint8Array(1_024).fill(1);

/** Stands for the `valid` of a column without nulls; never written. */
function onesFor(length: number): Uint8Array {
  if (ones.length < length) ones = new Uint8Array(capacityFor(length)).fill(1);
  return ones;
}

function capacityFor(length: number): number {
  return 2 ** Math.ceil(Math.log2(length));
}
