import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { type Expression, SEVERITIES, type ValueType } from '../../dsl/plan.ts';
import { type Column, createColumn, QUALITY_WORDS, readScalar, type Scalar, SymbolTable } from '../../engine/batch.ts';
import { compileColumn, compileMask, compileMarks, compileTest } from '../../engine/expression/compile.ts';
import { interpret } from '../../engine/expression/interpret.ts';
import type { scalarFunctions } from '../../engine/functions/index.ts';
import { type OwnFunction, OwnFunctions } from '../../engine/functions/own-functions.ts';
import type { Frame, View } from '../../engine/operator.ts';
import { runs } from '../oracle/runs.ts';

const settings = runs(1000);

const TYPES = ['float', 'int', 'bool', 'symbol', 'string', 'time', 'duration', 'quality', 'severity'] as const;

/** Two columns of each type: `float1`, `float2` …; `time` is the frame's own. */
const FIELDS = TYPES.flatMap(type => [1, 2].map(n => ({ name: `${type}${n}`, type })));

const texts = fc.constantFrom(
  '',
  'a',
  'B',
  'ab',
  ' b ',
  'é',
  '10',
  '-1.5e3',
  '1e999',
  '*/',
  '"\n`',
  '\u2028',
  '\ud800',
  'Europe/Berlin',
);
const numbers = fc.oneof(
  fc.integer({ min: -3, max: 70 }),
  fc.constantFrom(0, -0, 0.5, -2.5, 1e-320, 1e200, -1e308, 2 ** 53, -32768, 1_790_000_000_000_000),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const valuesOf: Record<ValueType, fc.Arbitrary<number | string | boolean>> = {
  float: numbers,
  int: numbers.map(value => Math.trunc(value)),
  time: fc.oneof(
    numbers,
    fc.integer({ min: 0, max: 2 ** 31 }).map(seconds => seconds * 1_000_000),
  ),
  duration: numbers,
  bool: fc.boolean(),
  symbol: texts,
  string: texts,
  quality: fc.constantFrom(...QUALITY_WORDS),
  severity: fc.constantFrom(...SEVERITIES),
};

/** What each function takes; several lists where it may be called in several ways. */
const number = ['float', 'int', 'duration'] as const;
const text = ['string', 'symbol', 'quality', 'severity'] as const;
const time = ['time'] as const;
const zones = [[time], [time, text]] as const;
const bearings = [
  [number, number, number, number],
  [number, number, number, number, number],
] as const;
// biome-ignore format: a line a subject
const PARAMETERS: Record<keyof typeof scalarFunctions | 'own_number' | 'own_bool' | 'own_string', readonly (readonly (readonly ValueType[])[])[]> = {
  abs: [[number]], sign: [[number]], sqrt: [[number]], exp: [[number]], ln: [[number]], log10: [[number]],
  pow: [[number, number]], floor: [[number]], ceil: [[number]], round: [[number], [number, number]],
  clamp: [[number, number, number]], mod: [[number, number]], bit: [[number, number]],
  least: [[number, number], [number, number, number]], greatest: [[number, number], [number, number, number]],
  sin: [[number]], cos: [[number]], tan: [[number]], atan2: [[number, number]], pi: [[]],
  hour_of_day: zones, minute_of_hour: zones, day_of_week: zones, day_of_month: zones, month: zones, year: zones,
  length: [[text]], lower: [[text]], upper: [[text]], trim: [[text]],
  starts_with: [[text, text]], ends_with: [[text, text]], contains: [[text, text]],
  concat: [[text, text], [text, text, text]], substring: [[text, number], [text, number, number]],
  replace: [[text, text, text]], number: [[text]], text: [[TYPES]],
  bearing_outer: bearings, bearing_inner: bearings, bearing_ball: bearings, bearing_cage: bearings,
  own_number: [[number, text]], own_bool: [[text]], own_string: [[number]],
};

/** Of a program: they throw, and give what is wrong or null. */
const { functions } = new OwnFunctions([
  own('own_number', 'number', (x: number, t: string) => {
    if (x % 3 === 1) throw new Error('one');
    return x % 3 === 2 ? NaN : t === '' ? null : x / 2;
  }),
  own('own_bool', 'bool', (t: string) => (t.length > 2 ? 'no' : t === '' ? null : t < 'b')),
  own('own_string', 'string', (x: number) => (x < 0 ? undefined : x === 0 ? null : `${x}`)),
]);

function own(name: string, result: OwnFunction['result'], evaluate: (...values: never[]) => unknown): OwnFunction {
  const evaluateRows = (...values: never[]) => {
    if (values.some(value => value === undefined || Number.isNaN(value))) outside.push(values);
    return evaluate(...values);
  };
  return { name, version: 1, result, isWhole: false, costNs: 1, evaluate: evaluateRows };
}

const outside: unknown[] = []; // arguments of calls for what is no row
afterEach(() => expect(outside).toEqual([]));

const { bool: conditions, any: expressions } = arbitraryExpressions();

it('compiled equals interpreted', () => {
  fc.assert(
    fc.property(expressions, arbitraryRows(), (expression, rows) => {
      const { frame, input, symbols } = frameOf(rows);
      const column = compileColumn(expression, { input, symbols, functions, name: 'property' })(frame, frame.rows);
      forRows(rows, (row, i) => {
        const expected = interpret(expression, name => row[name]!, functions);
        const actual = readScalar(column, i, symbols);
        if (!Object.is(actual, expected)) throw new Error(`row ${i}: ${String(actual)} for ${String(expected)}`);
      });
      if (column.type === 'symbol') {
        for (const id of column.values.subarray(0, frame.length)) expect(id === 0 || id < symbols.size).toBe(true);
      }
    }),
    settings,
  );
});

it('a mask is where the interpreter says true', () => {
  fc.assert(
    fc.property(conditions, arbitraryRows(), (condition, rows) => {
      const { frame, input, symbols } = frameOf(rows);
      const exists = compileMask(condition, { input, symbols, functions, name: 'property' })(frame, frame.rows).slice(
        0,
        frame.length,
      );
      const expected = rows.map(row =>
        row !== null && interpret(condition, name => row[name]!, functions) === true ? 1 : 0,
      );
      expect([...exists]).toEqual(expected);
    }),
    settings,
  );
});

type Row = Readonly<Record<string, Scalar>>;

it('a test of a row is what the interpreter says of it beside another row', () => {
  const isBound = (name: string) => name.endsWith('2');
  fc.assert(
    fc.property(conditions, arbitraryRows(), arbitraryRows(), (condition, rows, others) => {
      const { frame, input, symbols } = frameOf(rows);
      const { frame: otherFrame } = frameOf(others, symbols);
      const bound = { columns: FIELDS.map(field => field.name).filter(isBound), isFixed: false };
      const columns = bound.columns.map(name => withValid(otherFrame.columns[input.slots.get(name)!]!));
      const slots = new Map([...input.slots].filter(([name]) => !isBound(name)));
      const context = { input: { ...input, slots }, symbols, functions, bound, name: 'property' };
      const test = compileTest(condition, context).open(frame, columns);
      forRows(rows, (row, i) => {
        forRows(others, (other, place) => {
          const read = (name: string) => (isBound(name) ? other[name]! : row[name]!);
          expect(test(i, place)).toBe(interpret(condition, read, functions) === true);
        });
      });
    }),
    { ...settings, numRuns: Math.ceil(settings.numRuns / 5) },
  );
});

it('rows are marked that pass the test beside any place of their group', () => {
  const isBound = (name: string) => name.endsWith('2');
  const numbers = fc.array(fc.nat(2));
  fc.assert(
    fc.property(
      conditions,
      arbitraryRows(),
      arbitraryRows(),
      numbers,
      numbers,
      (condition, rows, all, groups, asked) => {
        const names = FIELDS.map(field => field.name).filter(isBound);
        const others = all.filter(other => other !== null).filter(other => names.every(name => other[name] !== null)); // what is fixed has no nulls
        const { frame, input, symbols } = frameOf(rows);
        const { frame: otherFrame } = frameOf(others, symbols);
        const columns = names.map(name => otherFrame.columns[input.slots.get(name)!]!);
        const slots = new Map([...input.slots].filter(([name]) => !isBound(name)));
        const bound = { columns: names, isFixed: true };
        const mark = compileMarks(condition, {
          input: { ...input, slots },
          symbols,
          functions,
          bound,
          name: 'property',
        });
        const groupOf = (i: number) => (rows[i] === null ? 0 : (groups[i % groups.length] ?? 0)); // of what is no row, that without places
        const lists = [
          [],
          others.map((_, place) => place),
          others.flatMap((_, place) => (place % 2 === 0 ? [place] : [])),
        ];
        const marks = new Uint8Array(rows.length);
        const groupOfRow = Int32Array.from(rows, (_, i) => groupOf(i));
        const isAsked = (i: number) => asked[i % asked.length] !== 0; // of all where nothing is said
        const asks = Uint32Array.from(rows.keys()).filter(isAsked);
        mark(frame, columns, { found: asks, foundCount: asks.length, groupOfRow, ...placesOf(lists) }, marks);
        const isTrue = (row: Row, place: number) =>
          interpret(condition, name => (isBound(name) ? others[place]![name]! : row[name]!), functions) === true;
        forRows(rows, (row, i) => {
          expect(marks[i]).toBe(Number(isAsked(i) && lists[groupOf(i)]!.some(place => isTrue(row, place))));
        });
      },
    ),
    { ...settings, numRuns: Math.ceil(settings.numRuns / 5) },
  );
});

/** Of these lists, by group. */
function placesOf(lists: readonly (readonly number[])[]) {
  const [firstOf, placeOf, nextOf] = [[] as number[], [0], [0]];
  for (const list of lists) {
    firstOf.push(list.length === 0 ? 0 : placeOf.length);
    list.forEach((place, n) => nextOf.push(n === list.length - 1 ? 0 : placeOf.push(place)));
    if (list.length > 0) placeOf.push(list.at(-1)!);
  }
  return { firstOf: Int32Array.from(firstOf), placeOf: Int32Array.from(placeOf), nextOf: Int32Array.from(nextOf) };
}

function withValid(column: Column): Column {
  return { ...column, valid: column.valid ?? new Uint8Array(column.values.length).fill(1) };
}

function arbitraryExpressions() {
  const shapes = fc.letrec<Record<ValueType, Expression>>(tie => {
    const of = (type: ValueType): fc.Arbitrary<Expression> => tie(type);
    return Object.fromEntries(TYPES.map(type => [type, arbitraryOf(type, of)])) as Record<
      ValueType,
      fc.Arbitrary<Expression>
    >;
  });
  return { bool: shapes.bool, any: fc.oneof(...TYPES.map(type => shapes[type])) };
}

function arbitraryOf(type: ValueType, of: (type: ValueType) => fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  const operand = of(type);
  const literals = fc.option(valuesOf[type], { freq: 8 }).map(value => ({ kind: 'literal', type, value }) as const);
  const names = [
    ...FIELDS.filter(field => field.type === type).map(field => field.name),
    ...(type === 'time' ? ['time'] : []),
  ];
  const columns = fc.constantFrom(...names).map(column => ({ kind: 'column', type, column }) as const);
  const branch = fc.record({ when: of('bool'), then: operand });
  const general: fc.Arbitrary<Expression>[] = [
    fc.record({ kind: fc.constant('coalesce'), type: fc.constant(type), left: operand, right: operand }),
    fc.record({
      kind: fc.constant('case'),
      type: fc.constant(type),
      branches: fc.array(branch, { minLength: 1, maxLength: 3 }),
      otherwise: operand,
    }),
  ];
  const own = [...general, ...callsOf(type, of), ...(type === 'bool' ? conditionsOf(of) : [])];
  if (isNumeric(type)) {
    const numeric = fc.constantFrom(...number).chain(of);
    own.push(
      fc.record({
        kind: fc.constant('arithmetic'),
        type: fc.constant(type),
        operator: fc.constantFrom('+', '-', '*', '/'),
        left: operand,
        right: numeric,
      }),
      fc.record({ kind: fc.constant('negate'), type: fc.constant(type), operand }),
    );
  }
  return fc.oneof({ depthSize: 'small', withCrossShrink: true }, columns, literals, ...own);
}

function conditionsOf(of: (type: ValueType) => fc.Arbitrary<Expression>): fc.Arbitrary<Expression>[] {
  const bool = fc.constant('bool' as const);
  const operators = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
  const pairs = fc.oneof(
    ...TYPES.map(type => fc.tuple(of(type), of(type))),
    fc.tuple(of('symbol'), of('string')),
    fc.tuple(of('string'), of('symbol')),
  );
  return [
    fc.record({ kind: fc.constantFrom('and', 'or'), type: bool, left: of('bool'), right: of('bool') }),
    fc.record({ kind: fc.constantFrom('and', 'or'), type: bool, left: of('bool'), right: of('bool') }),
    fc.record({ kind: fc.constant('not'), type: bool, operand: of('bool') }),
    fc.constantFrom(...TYPES).chain(type => fc.record({ kind: fc.constant('is-null'), type: bool, operand: of(type) })),
    fc
      .tuple(operators, pairs)
      .map(([operator, [left, right]]) => ({ kind: 'compare', type: 'bool', operator, left, right }) as const),
    fc.constantFrom(...TYPES).chain(type =>
      fc.record({
        kind: fc.constant('in'),
        type: bool,
        operand: of(type),
        items: fc.array(of(type), { maxLength: 3 }),
      }),
    ),
  ];
}

function callsOf(type: ValueType, of: (type: ValueType) => fc.Arbitrary<Expression>): fc.Arbitrary<Expression>[] {
  const result = isNumeric(type) ? 'number' : type === 'symbol' ? 'string' : type;
  const calls = Object.entries(PARAMETERS).flatMap(([name, forms]) => {
    if (functions[name]!.result !== result) return [];
    return forms.map(form => {
      const values = fc.tuple(...form.map(types => fc.constantFrom(...types).chain(of)));
      return values.map(operands => ({ kind: 'call', type, function: name, arguments: operands }) as const);
    });
  });
  return calls.length === 0 ? [] : [fc.oneof(...calls)];
}

function isNumeric(type: ValueType): boolean {
  return type === 'float' || type === 'int' || type === 'time' || type === 'duration';
}

/** null: an entry that is no row. A column is without nulls as often as with. */
function arbitraryRows(): fc.Arbitrary<readonly (Row | null)[]> {
  return fc.boolean().chain(hasNulls => {
    const fields = FIELDS.map(({ name, type }) => {
      return [name, hasNulls ? fc.option(valuesOf[type], { freq: 3 }) : valuesOf[type]] as const;
    });
    const row = fc.record({ ...Object.fromEntries(fields), time: valuesOf.time }) as fc.Arbitrary<Row>;
    return fc.array(fc.option(row, { freq: 8 }), { minLength: 1, maxLength: 6 });
  });
}

function forRows(rows: readonly (Row | null)[], check: (row: Row, index: number) => void): void {
  rows.forEach((row, i) => {
    if (row !== null) check(row, i);
  });
}

function frameOf(
  rows: readonly (Row | null)[],
  symbols = new SymbolTable(),
): { frame: Frame; input: View; symbols: SymbolTable } {
  const frame: Frame = {
    length: rows.length,
    keyIds: new Uint32Array(rows.length),
    timeUs: Float64Array.from(rows, row => (row === null ? NaN : Number(row.time))),
    watermarkUs: new Float64Array(rows.length),
    arrivalUs: new Float64Array(rows.length),
    rows: rows.includes(null) ? Uint8Array.from(rows, row => (row === null ? 0 : 1)) : undefined,
    hasRows: true,
    columns: FIELDS.map(({ name, type }) =>
      columnOf(
        type,
        rows.map(row => (row === null ? undefined : row[name]!)),
        symbols,
      ),
    ),
  };
  const layout = { id: 'any', keys: { fields: [], size: 1, values: () => ({}) }, addSlot: () => FIELDS.length };
  const slots = new Map(FIELDS.map(({ name }, slot) => [name, slot]));
  return { frame, symbols, input: { frame: layout, mask: undefined, slots } };
}

/** Where there is no value, the column holds what no code may trip over. */
function columnOf(type: ValueType, values: readonly (Scalar | undefined)[], symbols: SymbolTable): Column {
  const column = createColumn(type, values.length);
  values.forEach((value, i) => {
    if (value === null || value === undefined) {
      if (type === 'string') (column.values as (string | undefined)[])[i] = undefined;
      else if (type !== 'symbol') column.values[i] = i % 2 === 0 ? NaN : 255;
    } else if (type === 'symbol') column.values[i] = symbols.idOf(String(value));
    else if (type === 'string') column.values[i] = String(value);
    else if (type === 'quality') column.values[i] = (QUALITY_WORDS as readonly Scalar[]).indexOf(value);
    else if (type === 'severity') column.values[i] = (SEVERITIES as readonly Scalar[]).indexOf(value);
    else column.values[i] = Number(value);
  });
  if (values.includes(null)) column.valid = Uint8Array.from(values, value => (value === null ? 0 : 1));
  return column;
}
