import type { AggregateName, RangeNode } from '../../dsl/plan.ts';
import type { Column, SymbolTable } from '../batch.ts';
import { compileOnce } from '../expression/shared-code.ts';
import type { Frame } from '../operator.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import { CELL_GROUPS, type CellGroup } from './cell-aggregates.ts';
import { product } from './cell-loop.ts';

/** Groups of cells whose state of the front is one number, the value from a row to the front's end. */
export const RANGE_GROUPS = {
  sum: { front: '{sum} + {error}', none: '0' },
  low: { front: '{low}', none: 'Infinity' },
  high: { front: '{high}', none: '-Infinity' },
} as const satisfies { readonly [K in keyof typeof CELL_GROUPS]?: { readonly front: string; readonly none: string } };

export type RangeGroupName = keyof typeof RANGE_GROUPS;

/** What is kept of an argument: beside each row, and by key. */
export type RangePart = {
  /** The frame's slot. */
  readonly column: number;
  /** Of the value in a row. */
  readonly offset: number;
  /** Of the number of nulls in range, among the numbers of a key. */
  readonly nulls: number;
  /** Of the front's number in a row, and of the back's cells, by name, among those of a key. */
  readonly groups: ReadonlyMap<RangeGroupName, { readonly front: number; readonly cells: ReadonlyMap<string, number> }>;
};

/** A value of rows in range; `part` and `group` as they are needed. */
export type RangeValue =
  | { readonly kind: 'rows' }
  | { readonly kind: 'count'; readonly part: number }
  | { readonly kind: CellRangeName; readonly part: number };

/** Aggregates that are of cells, beside counts, and what they need. */
export const GROUPS_OF = {
  sum: ['sum'],
  avg: ['sum'],
  min: ['low'],
  max: ['high'],
  spread: ['low', 'high'],
} as const satisfies { readonly [K in AggregateName]?: readonly RangeGroupName[] };

export type CellRangeName = keyof typeof GROUPS_OF;

export type RangeLoopShape = {
  readonly parts: readonly RangePart[];
  readonly values: readonly RangeValue[];
  /** Doubles of a row, and of a key. */
  readonly rowWidth: number;
  readonly keyWidth: number;
  /** Of the range: a time, or a number of rows. */
  readonly unit: 'us' | 'events';
  /** Others go along the ring's steps, which are then written down. */
  readonly hasFollowers: boolean;
};

/** What need not be asked of each row: whether a value is null, whether the entry is a row that is taken, and where its ring lies. */
export type RangeLoopCase = { readonly hasNulls: boolean; readonly isWhole: boolean; readonly isOneSegment: boolean };

export type RangeLoop = {
  /**
   * Moves the ring over the rows of a frame from entry `i` on, and writes their values, NaN for null. Returns where it stopped: at
   * the end, at an entry for which its key's ring has no room, or behind one whose key's ring has too much.
   */
  take(input: RangeLoopInput, ring: RangeRing, numbers: Float64Array, i: number): number;
  /** What is kept by key and beside the front's rows, of the ring as it is. */
  restore(ring: RangeRing, key: number, numbers: Float64Array): void;
};

export type RangeLoopInput = {
  readonly frame: Frame;
  readonly range: RangeNode['range'];
  /** By entry; undefined: every one. Rows of the mask get a value, those of them that are taken come into range. */
  readonly mask: Uint8Array | undefined;
  readonly isTaken: Uint8Array | undefined;
  readonly outputs: readonly Column[];
  /** Of the entries before; where others follow. */
  readonly steps: RangeSteps;
};

/**
 * No call in the loop: see KeyDictionary. What is not asked of each row makes it twice as fast. benchmark: throughput/sliding
 */
export function createRangeLoop(shape: RangeLoopShape & RangeLoopCase, symbols: SymbolTable): RangeLoop {
  const name = `ranges/${shape.values.map(({ kind }) => kind).join('-')}`;
  return compileOnce(rangeLoopSource(shape), { symbols, name }) as RangeLoop; // as: what the source says
}

/** The body of a function that returns a `RangeLoop`. */
export function rangeLoopSource(shape: RangeLoopShape & RangeLoopCase): string {
  return [...takeSource(shape), ...restoreSource(shape), 'return { take, restore };'].join('\n');
}

/** Rows [head, end) become the front: the value from each of them to its end is written beside it. */
function foldFrontSource({ parts, rowWidth, hasNulls }: RangeLoopShape & RangeLoopCase, end: string): string[] {
  const cells: string[] = [];
  const body: string[] = [];
  eachGroup(parts, ({ part, p, group, place }) => {
    const local = (cell: string) => `${cell}OfRows${p}`;
    for (const [cell, empty] of Object.entries(CELL_GROUPS[group].cells)) cells.push(`let ${local(cell)} = ${empty};`);
    body.push(
      ...addSource(CELL_GROUPS[group], { value: `rows[at + ${part.offset}]`, local, hasNulls }),
      `rows[at + ${place.front}] = ${withCells(RANGE_GROUPS[group].front, local)};`,
    );
  });
  if (body.length === 0) return [];
  return [
    ...cells,
    `for (let row = ${end} - 1; row >= head; row--) {`,
    `  const at = ${placeOf('row', rowWidth)};`,
    ...indent(1, body),
    '}',
  ];
}

const SEGMENT_OF_KEY = [
  'if (segmentOf[key] !== segment) {',
  '  segment = segmentOf[key];',
  '  rows = segments[segment];',
  '}',
];

function takeSource(shape: RangeLoopShape & RangeLoopCase): string[] {
  const { parts, values, rowWidth, keyWidth, unit, hasFollowers, hasNulls, isWhole, isOneSegment } = shape;
  // Where nobody goes along the steps afterwards, rows that have left may be written over at once.
  const floor = hasFollowers ? 'floors[key]' : 'head';
  const cells = cellsOfBack(parts);
  const taken = [
    `const at = ${placeOf('old', rowWidth)};`,
    'rows[at] = now;',
    ...parts.flatMap((part, p) => takeValueSource(part, p, hasNulls)),
    'tails[key] = tail;',
  ];
  return [
    'const take = ({ frame, range, mask, isTaken, outputs, steps }, ring, numbers, i) => {',
    '  const { length, keyIds, timeUs } = frame;',
    `  const size = range.${unit};`,
    '  const { heads, tails, boundaries, floors, bases, masks, segments, segmentOf } = ring;',
    ...indent(
      1,
      isOneSegment ? ['const rows = segments[segments.length - 1];'] : ['let segment = 0;', 'let rows = segments[0];'],
    ),
    ...indent(1, [
      ...parts.flatMap(({ column }, p) => [
        `const values${p} = frame.columns[${column}].values;`,
        ...(hasNulls ? [`const valid${p} = frame.columns[${column}].valid;`] : []),
      ]),
      ...values.map((_, v) => `const out${v} = outputs[${v}].values;`),
      ...(hasFollowers ? ['let step = steps.length;', ...STEP_ARRAYS] : []),
    ]),
    '  for (; i < length; i++) {',
    ...indent(2, isWhole ? [] : ['if (mask !== undefined && mask[i] === 0) continue;']),
    '    const key = keyIds[i];',
    '    const now = timeUs[i];',
    `    const isIn = ${isWhole ? 'true' : 'isTaken === undefined || isTaken[i] === 1'};`,
    '    const old = tails[key];',
    '    const tail = isIn ? old + 1 : old;',
    '    const leaves = heads[key];',
    ...indent(2, isOneSegment ? [] : SEGMENT_OF_KEY),
    '    const base = bases[key];',
    '    const ringMask = masks[key];',
    '    let head = leaves;',
    unit === 'us'
      ? `    while (head < old && rows[${placeOf('head', rowWidth)}] <= now - size) head++;`
      : '    if (tail - head > size) head = tail - size;',
    `    if (isIn && old - ${floor} > ringMask) break;`,
    `    const own = ${product('key', keyWidth)};`,
    ...indent(2, hasNulls ? leaveSource(shape) : []),
    ...indent(
      2,
      cells.map(({ local, at }) => `let ${local} = numbers[own + ${at}];`),
    ),
    '    heads[key] = head;',
    '    let boundary = boundaries[key];',
    '    const flips = head > boundary;',
    '    if (flips) {',
    '      boundary = old;',
    '      boundaries[key] = old;',
    ...indent(3, foldFrontSource(shape, 'old')),
    ...indent(
      3,
      cells.map(({ local, empty }) => `${local} = ${empty};`),
    ),
    '    }',
    ...indent(2, isWhole ? ['{', ...indent(1, taken), '}'] : ['if (isIn) {', ...indent(1, taken), '}']),
    ...indent(
      2,
      cells.map(({ local, at }) => `numbers[own + ${at}] = ${local};`),
    ),
    ...indent(2, frontSource(parts, rowWidth)),
    ...indent(
      2,
      values.flatMap((value, v) => valueSource(value, v, shape)),
    ),
    ...indent(2, hasFollowers ? STEP_STORES : []),
    ...indent(2, hasFollowers ? [] : ['if (flips && ringMask > 15 && (tail - head) * 8 < ringMask) return i + 1;']),
    '  }',
    ...indent(1, hasFollowers ? ['steps.length = step;'] : []),
    '  return i;',
    '};',
  ];
}

/** Cells of the back, as the loop calls them, where they are among a key's numbers, and what they hold when it is empty. */
function cellsOfBack(
  parts: readonly RangePart[],
): { readonly local: string; readonly at: number; readonly empty: number }[] {
  const cells: { local: string; at: number; empty: number }[] = [];
  eachGroup(parts, ({ p, group, place }) => {
    for (const [cell, empty] of Object.entries(CELL_GROUPS[group].cells))
      cells.push({ local: backCell(p)(cell), at: place.cells.get(cell)!, empty });
  });
  return cells;
}

function backCell(p: number): (cell: string) => string {
  return cell => `${cell}Of${p}`;
}

/** By array of RangeSteps, what goes into it. */
const STEP = {
  entries: 'i',
  keys: 'key',
  timeUs: 'now',
  leaves: 'leaves',
  heads: 'head',
  boundaries: 'boundary',
  flips: 'flips ? 1 : 0',
  takes: 'isIn ? 1 : 0',
  tails: 'tail',
} as const satisfies { readonly [K in keyof RangeSteps]?: string };

const STEP_ARRAYS = Object.keys(STEP).map(array => `const ${array}OfSteps = steps.${array};`);
const STEP_STORES = [...Object.entries(STEP).map(([array, value]) => `${array}OfSteps[step] = ${value};`), 'step++;'];

function leaveSource({ parts, rowWidth }: RangeLoopShape): string[] {
  return parts.flatMap(({ offset, nulls }) => [
    `if (numbers[own + ${nulls}] !== 0) {`,
    '  for (let row = leaves; row < head; row++) {',
    `    const left = rows[${placeOf('row', rowWidth)} + ${offset}];`,
    `    if (left !== left) numbers[own + ${nulls}]--;`,
    '  }',
    '}',
  ]);
}

function takeValueSource({ offset, nulls, groups }: RangePart, p: number, hasNulls: boolean): string[] {
  const x = `x${p}`;
  return [
    `const ${x} = ${hasNulls ? `valid${p} === undefined || valid${p}[i] === 1 ? values${p}[i] : NaN` : `values${p}[i]`};`,
    `rows[at + ${offset}] = ${x};`,
    ...(hasNulls ? [`if (${x} !== ${x}) numbers[own + ${nulls}]++;`] : []),
    ...[...groups.keys()].flatMap(group => addSource(CELL_GROUPS[group], { value: x, local: backCell(p), hasNulls })),
  ];
}

/** What is not finite is null, as ∞ − ∞: the caller sees to it. */
function valueSource(
  value: RangeValue,
  v: number,
  { parts, hasNulls, isWhole }: RangeLoopShape & RangeLoopCase,
): string[] {
  if (value.kind === 'rows') return [`out${v}[i] = tail - head;`];
  const { nulls } = parts[value.part]!;
  const count = hasNulls ? `tail - head - numbers[own + ${nulls}]` : 'tail - head';
  if (value.kind === 'count') return [`out${v}[i] = ${count};`];
  const joint = joined(value.kind, value.part);
  return [
    '{',
    `  const count = ${count};`,
    `  out${v}[i] = ${hasNulls || !isWhole ? `count === 0 ? NaN : ${joint}` : joint};`,
    '}',
  ];
}

/** Of the front and the back. */
function joined(kind: CellRangeName, p: number): string {
  const back = backCell(p);
  const front = frontValue(p);
  switch (kind) {
    case 'sum':
      return `${front('sum')} + ${back('sum')} + ${back('error')}`;
    case 'avg':
      return `(${front('sum')} + ${back('sum')} + ${back('error')}) / count`;
    case 'min':
      return `Math.min(${front('low')}, ${back('low')})`;
    case 'max':
      return `Math.max(${front('high')}, ${back('high')})`;
    case 'spread': // of two zeros it does not matter which one is taken
      return `${chosen('>', front('high'), back('high'))} - ${chosen('<', front('low'), back('low'))}`;
  }
}

/** V8 has nothing quicker: what orders zeros, too, costs more than the rest of a value. */
function chosen(operator: '<' | '>', a: string, b: string): string {
  return `(${a} ${operator} ${b} ? ${a} : ${b})`;
}

function frontValue(p: number): (group: RangeGroupName) => string {
  return group => `${group}OfFront${p}`;
}

/** What the front has of each group, from its first row on. */
function frontSource(parts: readonly RangePart[], rowWidth: number): string[] {
  const empty: string[] = [];
  const read: string[] = [];
  eachGroup(parts, ({ p, group, place }) => {
    const local = frontValue(p)(group);
    empty.push(`let ${local} = ${RANGE_GROUPS[group].none};`);
    read.push(`${local} = rows[at + ${place.front}];`);
  });
  if (read.length === 0) return [];
  return [...empty, 'if (head < boundary) {', ...indent(1, [`const at = ${placeOf('head', rowWidth)};`, ...read]), '}'];
}

function restoreSource(shape: RangeLoopShape & RangeLoopCase): string[] {
  const { parts, rowWidth, keyWidth } = shape;
  const cells = cellsOfBack(parts);
  const counted = parts.flatMap(({ offset, nulls }) => [
    `if (rows[at + ${offset}] !== rows[at + ${offset}]) numbers[own + ${nulls}]++;`,
  ]);
  const added = parts.flatMap(({ offset, groups }, p) =>
    [...groups.keys()].flatMap(group =>
      addSource(CELL_GROUPS[group], { value: `rows[at + ${offset}]`, local: backCell(p), hasNulls: true }),
    ),
  );
  return [
    'const restore = ({ bases, masks, segments, segmentOf, heads, boundaries, tails }, key, numbers) => {',
    '  const rows = segments[segmentOf[key]];',
    '  const base = bases[key];',
    '  const ringMask = masks[key];',
    '  const head = heads[key];',
    '  const boundary = boundaries[key];',
    `  const own = ${product('key', keyWidth)};`,
    ...indent(
      1,
      cells.map(({ local, empty }) => `let ${local} = ${empty};`),
    ),
    ...indent(1, foldFrontSource({ ...shape, hasNulls: true }, 'boundary')),
    '  for (let row = head; row < tails[key]; row++) {',
    `    const at = ${placeOf('row', rowWidth)};`,
    ...indent(2, counted),
    '    if (row < boundary) continue;',
    ...indent(2, added),
    '  }',
    ...indent(
      1,
      cells.map(({ local, at }) => `numbers[own + ${at}] = ${local};`),
    ),
    '};',
  ];
}

/** NaN, which stands for null, is left out. */
function addSource(
  { add }: CellGroup,
  of: { readonly value: string; readonly local: (cell: string) => string; readonly hasNulls: boolean },
): string[] {
  const lines = add.map(line => withCells(line, of.local));
  const added = of.hasNulls ? ['if (x === x) {', ...indent(1, lines), '}'] : lines;
  return ['{', `  const x = ${of.value};`, ...indent(1, added), '}'];
}

function withCells(source: string, cellSource: (cell: string) => string): string {
  return source.replace(/\{(\w+)\}/g, (_, cell: string) => cellSource(cell));
}

function eachGroup(
  parts: readonly RangePart[],
  visit: (each: {
    readonly part: RangePart;
    readonly p: number;
    readonly group: RangeGroupName;
    readonly place: { readonly front: number; readonly cells: ReadonlyMap<string, number> };
  }) => void,
): void {
  parts.forEach((part, p) => part.groups.forEach((place, group) => visit({ part, p, group, place })));
}

/** Where in the ring's rows the n-th one begins. */
function placeOf(row: string, rowWidth: number): string {
  return product(`((base + (${row} & ringMask)) >>> 0)`, rowWidth);
}

function indent(levels: number, lines: readonly string[]): string[] {
  return lines.map(line => '  '.repeat(levels) + line);
}
