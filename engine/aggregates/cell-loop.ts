import type { SymbolTable } from '../batch.ts';
import { compileOnce } from '../expression/shared-code.ts';
import type { Frame } from '../operator.ts';
import { CELL_GROUPS, type CellGroupName } from './cell-aggregates.ts';
import type { PaneInput } from './pane-aggregate.ts';

/** What is kept of one argument, or of the rows themselves. */
export type CellsOf = {
  /** The frame's slot; undefined: of rows. */
  readonly column: number | undefined;
  /** In the order of CELL_GROUPS. */
  readonly groups: readonly CellGroupName[];
  /** By name of the cell. */
  readonly places: ReadonlyMap<string, number>;
};

type Take = (input: PaneInput, frame: Frame, columns: readonly (number | undefined)[], cells: Float64Array) => void;

/**
 * The loop that takes entries of a frame into panes' cells, `width` side by side for each. It is made for frames with
 * nulls, and with a list of entries, apart, when first needed. benchmark: throughput/tumbling
 */
export function createCellLoop(parts: readonly CellsOf[], width: number, symbols: SymbolTable) {
  const columns = parts.map(({ column }) => column);
  const made: (Take | undefined)[] = [];
  return (input: PaneInput, frame: Frame, cells: Float64Array): void => {
    const hasNulls = columns.some(column => column !== undefined && frame.columns[column]!.valid !== undefined);
    const hasEntries = input.entries !== undefined;
    const take = (made[Number(hasNulls) * 2 + Number(hasEntries)] ??= compileOnce(
      cellLoopSource(parts, { width, hasNulls, hasEntries }),
      { symbols, name: `panes/${parts.map(({ groups }) => groups.join('-')).join('/')}` },
    ) as Take); // as: what the source says
    take(input, frame, columns, cells);
  };
}

/** The body of a function that returns a `Take`. Columns are its parameter, so that windows over different ones share code. */
export function cellLoopSource(
  parts: readonly CellsOf[],
  { width, hasNulls, hasEntries }: { readonly width: number; readonly hasNulls: boolean; readonly hasEntries: boolean },
): string {
  const header: string[] = [];
  const body: string[] = [];
  parts.forEach(({ column, groups, places }, p) => {
    const add = groups.flatMap(group => CELL_GROUPS[group].add.map(line => withPlaces(line, places)));
    const usesValue = groups.some(group => group !== 'count');
    if (usesValue) {
      header.push(`const values${p} = frame.columns[columns[${p}]].values;`);
      add.unshift(`const x = values${p}[i];`);
    }
    const isNullable = column !== undefined && hasNulls;
    if (isNullable) header.push(`const valid${p} = frame.columns[columns[${p}]].valid;`);
    body.push(isNullable ? `if (valid${p} === undefined || valid${p}[i] === 1) {` : '{');
    body.push(...add.map(line => `  ${line}`), '}');
  });
  return [
    'return ({ length, entries, slots }, frame, columns, cells) => {',
    ...header.map(line => `  ${line}`),
    '  for (let j = 0; j < length; j++) {',
    '    const slot = slots[j];',
    '    if (slot < 0) continue;',
    `    const i = ${hasEntries ? 'entries[j]' : 'j'};`,
    `    const at = ${product('slot', width)};`,
    ...body.map(line => `    ${line}`),
    '  }',
    '};',
  ].join('\n');
}

export type CellValues = {
  /** Each value of a pane whose cells begin at `at`. */
  readonly values: readonly ((cells: Float64Array, at: number) => number)[];
  /**
   * Row i of each of `outs` is of pane `slots[i]`, if not negative, which is empty afterwards. Returns whether all values are
   * finite.
   */
  close(cells: Float64Array, slots: Int32Array, length: number, outs: readonly Float64Array[]): boolean;
};

/** A value's source, with `{name}` for a cell, and the places of these. */
export type CellValueSource = { readonly value: string; readonly places: ReadonlyMap<string, number> };

/** `empty`: what the cells of an empty pane hold. benchmark: throughput/tumbling */
export function createCellValues(
  sources: readonly CellValueSource[],
  empty: Float64Array,
  symbols: SymbolTable,
): CellValues {
  const values = sources.map(({ value, places }) => withPlaces(value, places));
  const source = [
    'const close = (cells, slots, length, outs) => {',
    ...values.map((_, v) => `  const out${v} = outs[${v}];`),
    '  let check = 0;',
    '  for (let i = 0; i < length; i++) {',
    '    const slot = slots[i];',
    '    if (slot < 0) continue;',
    `    const at = ${product('slot', empty.length)};`,
    ...values.flatMap((value, v) => [
      `    const value${v} = ${value};`,
      `    out${v}[i] = value${v};`,
      `    check += value${v} - value${v};`,
    ]),
    ...Array.from(empty, (cell, c) => `    cells[at + ${c}] = ${cell};`),
    '  }',
    '  return check === 0; // else it is NaN: something is not finite',
    '};',
    `const values = [${values.map(value => `(cells, at) => ${value}`).join(', ')}];`,
    'return { values, close };',
  ].join('\n');
  return compileOnce(source, { symbols, name: 'panes/values' }) as CellValues; // as: what the source says
}

/** A place in an array: without `>>> 0` V8 multiplies doubles, as the product might need more than 32 bits. */
export function product(factor: string, width: number): string {
  return `((${factor} * ${width}) >>> 0)`;
}

function withPlaces(line: string, places: ReadonlyMap<string, number>): string {
  return line.replace(/\{(\w+)\}/g, (_, cell: string) => `cells[at + ${places.get(cell)!}]`);
}
