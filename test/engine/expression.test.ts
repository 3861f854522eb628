import { describe, expect, it } from 'vitest';
import { SCALAR_FUNCTIONS } from '../../dsl/catalog/functions.ts';
import type { Expression, ValueType } from '../../dsl/plan.ts';
import { type Column, createColumn, readScalar, type Scalar, SymbolTable } from '../../engine/batch.ts';
import { compileColumn, compileMask } from '../../engine/expression/compile.ts';
import { interpret } from '../../engine/expression/interpret.ts';
import { scalarFunctions } from '../../engine/functions/index.ts';
import type { Frame, View } from '../../engine/operator.ts';
import { createCompute } from '../../engine/operators/compute.ts';
import { createFilter } from '../../engine/operators/filter.ts';
import { maskOf } from '../../engine/operators/mask.ts';

const temp = column('temp', 'float');
const state = column('state', 'symbol');
const label = column('label', 'string');
const q = column('q', 'quality');
const level = column('level', 'severity');
const p = column('p', 'bool');
const r = column('r', 'bool');
const time = column('time', 'time');

describe('Kleene logic', () => {
  const cases: [Scalar, Scalar, Scalar, Scalar][] = [
    // p, r, p and r, p or r
    [true, true, true, true],
    [true, false, false, true],
    [true, null, null, true],
    [false, true, false, true],
    [false, false, false, false],
    [false, null, false, null],
    [null, true, null, true],
    [null, false, false, null],
    [null, null, null, null],
  ];
  it.each(cases)('%s, %s', (left, right, both, either) => {
    expect(valueOf(logic('and', p, r), { p: left, r: right })).toBe(both);
    expect(valueOf(logic('or', p, r), { p: left, r: right })).toBe(either);
    expect(valueOf(not(p), { p: left })).toBe(left === null ? null : !left);
  });

  it('counts a row as existing only where the condition is true', () => {
    const { frame, input, symbols } = frameOf([{ p: true }, { p: false }, { p: null }, { p: true }]);
    const select = compileMask(p, { input, symbols, name: 'p' });
    expect([...select(frame, undefined).subarray(0, 4)]).toEqual([1, 0, 0, 1]);
    expect([...select(frame, Uint8Array.of(0, 1, 1, 1)).subarray(0, 4)]).toEqual([0, 0, 0, 1]);
  });
});

describe('values', () => {
  const cases: [string, Expression, Record<string, Scalar>, Scalar][] = [
    ['a field', temp, { temp: 21.5 }, 21.5],
    ['null stays null', arithmetic('+', temp, float(1)), { temp: null }, null],
    ['a negative literal', arithmetic('-', temp, float(-2)), { temp: 1 }, 3],
    ['negation', { kind: 'negate', type: 'float', operand: float(-2) }, {}, 2],
    ['minus zero is kept', { kind: 'negate', type: 'float', operand: temp }, { temp: 0 }, -0],
    ['x / 0', arithmetic('/', temp, float(0)), { temp: 1 }, null],
    ['0 / 0', arithmetic('/', temp, temp), { temp: 0 }, null],
    ['overflow', arithmetic('*', temp, float(1e300)), { temp: 1e300 }, null],
    ['overflow below a division', arithmetic('/', float(1), arithmetic('*', temp, temp)), { temp: 1e200 }, null],
    ['overflow in a comparison', compare('>', arithmetic('*', temp, temp), float(1)), { temp: 1e200 }, null],
    ['overflow, asked for', coalesce(arithmetic('*', temp, temp), float(7)), { temp: 1e200 }, 7],
    ['overflow is null', isNull(arithmetic('*', temp, temp)), { temp: 1e200 }, true],
    ['sqrt of a negative number', call('sqrt', 'float', temp), { temp: -1 }, null],
    ['ln of 0', call('ln', 'float', temp), { temp: 0 }, null],
    ['comparison with null', compare('==', temp, literal('float', null)), { temp: 1 }, null],
    ['is null', isNull(temp), { temp: null }, true],
    ['coalesce', coalesce(temp, float(3)), { temp: null }, 3],
    ['a symbol equals a literal', compare('==', state, symbol('run')), { state: 'run' }, true],
    ['a symbol differs from a literal', compare('!=', state, symbol('run')), { state: 'stop' }, true],
    ['a symbol before another, by text', compare('<', state, symbol('b')), { state: 'a' }, true],
    ['upper case is before lower case', compare('<', state, symbol('a')), { state: 'Z' }, true],
    ['a symbol equals a string', compare('==', state, label), { state: 'x', label: 'x' }, true],
    ['strings', compare('>=', label, literal('string', 'b')), { label: 'b' }, true],
    ['qualities', compare('==', q, literal('quality', 'uncertain')), { q: 'uncertain' }, true],
    ['severities have an order', compare('>=', level, literal('severity', 'high')), { level: 'critical' }, true],
    ['bools', compare('==', p, r), { p: false, r: false }, true],
    ['in', isIn(state, symbol('a'), symbol('b')), { state: 'b' }, true],
    ['not in', isIn(state, symbol('a'), symbol('b')), { state: 'c' }, false],
    ['null in', isIn(state, symbol('a')), { state: null }, null],
    ['in, with a null', isIn(temp, float(1), literal('float', null)), { temp: 1 }, true],
    ['not in, with a null', isIn(temp, float(1), literal('float', null)), { temp: 2 }, null],
    ['case, first branch', grade(), { temp: 99 }, 'hot'],
    ['case, second branch', grade(), { temp: 60 }, 'warm'],
    ['case, else', grade(), { temp: 1 }, null],
    ['case, unknown condition', grade(), { temp: null }, null],
  ];
  it.each(cases)('%s', (_, expression, row, expected) => {
    expect(valueOf(expression, row)).toBe(expected);
  });

  it('says that nothing is null where nothing is', () => {
    const { frame, input, symbols } = frameOf([{ temp: 1 }, { temp: 2 }]);
    const double = compileColumn(arithmetic('*', temp, float(2)), { input, symbols, name: 'double' });
    expect(double(frame).valid).toBeUndefined();
    const huge = compileColumn(arithmetic('*', temp, float(1e308)), { input, symbols, name: 'huge' });
    expect([...huge(frame).valid!.subarray(0, 2)]).toEqual([1, 0]);
  });

  it('expressions that differ in numbers alone, or in texts with numbers, have their own', () => {
    const { frame, input, symbols } = frameOf([{ temp: 1 }, { temp: 2 }]);
    const valuesOf = (expression: Expression) =>
      [...compileColumn(expression, { input, symbols, name: 'each' })(frame).values].slice(0, 2);
    for (const number of [2, 3, 0.5, -4, 1e-7, 1e300]) {
      expect(valuesOf(arithmetic('*', temp, float(number)))).toEqual([number, 2 * number]);
    }
    const text = (value: string): Expression => ({ kind: 'literal', type: 'string', value });
    for (const words of ['pump 7', 'pump 8', 'a "9" /* 5 */ // 6']) {
      expect(valuesOf(text(words))).toEqual([words, words]);
    }
  });

  it('reads the event time where no field is called time', () => {
    const { frame, input, symbols } = frameOf([{ temp: 1 }, { temp: 2 }]);
    const column = compileColumn(time, { input, symbols, name: 'time' })(frame);
    expect([...(column.values as Float64Array).subarray(0, 2)]).toEqual([0, 1_000_000]);
  });

  it('survives texts, columns and names that look like code', () => {
    const text = '*/ ${x} ` " \\ \u2028\n || ? : //';
    const odd = column('let if(*/', 'symbol');
    const expression = compare('==', odd, symbol(text));
    expect(valueOf(expression, { 'let if(*/': text })).toBe(true);
    expect(valueOf(call('length', 'int', literal('string', text)), {})).toBe(text.length);
    expect(valueOf(arithmetic('+', column('value', 'float'), column('frame', 'float')), { value: 1, frame: 2 })).toBe(
      3,
    );
  });

  it('keeps what looks like one literal apart', () => {
    const isSame = compare('==', symbol(''), { kind: 'coalesce', type: 'symbol', left: symbol('a'), right: state });
    expect(valueOf(not(isSame), { state: 'x' })).toBe(true);
  });

  it('takes frames that grow', () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => ({ temp: i }));
    const { frame, input, symbols } = frameOf(rows);
    const next = compileColumn(arithmetic('+', temp, float(1)), { input, symbols, name: 'next' });
    expect(next({ ...frame, length: 1 }).values[0]).toBe(1);
    expect(next(frame).values[2_999]).toBe(3_000);
  });
});

describe('functions', () => {
  const noon = Date.UTC(2026, 6, 1, 12, 34) * 1_000; // a Wednesday
  const cases: [string, readonly Scalar[], Scalar][] = [
    ['abs', [-2], 2],
    ['sign', [-2], -1],
    ['log10', [1000], 3],
    ['pow', [2, 10], 1024],
    ['round', [2.5], 3],
    ['round', [-2.5], -3],
    ['round', [2.345, 2], 2.35],
    ['round', [1250, -2], 1300],
    ['round', [1.5, 400], 1.5],
    ['clamp', [120, 0, 100], 100],
    ['mod', [-10, 360], 350],
    ['mod', [0.1, 360], 0.1],
    ['mod', [5, 0], null],
    ['bit', [8, 3], true],
    ['bit', [8, 2], false],
    ['bit', [-32768, 15], true],
    ['bit', [2 ** 40, 40], true],
    ['least', [3, 1, 2], 1],
    ['greatest', [3, 1, 2], 3],
    ['greatest', [3, null], null],
    ['hour_of_day', [noon], 12],
    ['hour_of_day', [noon, 'Europe/Berlin'], 14],
    ['hour_of_day', [noon, 'America/St_Johns'], 10],
    ['hour_of_day', [noon, 'Mars/Olympus'], null],
    ['hour_of_day', [Date.UTC(2026, 9, 25, 0, 59) * 1_000, 'Europe/Berlin'], 2],
    ['hour_of_day', [Date.UTC(2026, 9, 25, 1, 0) * 1_000, 'Europe/Berlin'], 2], // the hour that is there twice
    ['hour_of_day', [Date.UTC(2026, 9, 25, 2, 0) * 1_000, 'Europe/Berlin'], 3],
    ['hour_of_day', [-1], 23],
    ['minute_of_hour', [noon], 34],
    ['minute_of_hour', [noon, 'Asia/Kathmandu'], 19],
    ['day_of_week', [noon], 3],
    ['day_of_week', [Date.UTC(2026, 6, 5, 23) * 1_000], 7],
    ['day_of_week', [Date.UTC(2026, 6, 5, 23) * 1_000, 'Europe/Berlin'], 1],
    ['day_of_month', [noon], 1],
    ['month', [noon], 7],
    ['year', [Date.UTC(2026, 11, 31, 23) * 1_000, 'Europe/Berlin'], 2027],
    ['length', ['motor'], 5],
    ['lower', ['Motor'], 'motor'],
    ['upper', ['Motor'], 'MOTOR'],
    ['starts_with', ['motor', 'mo'], true],
    ['ends_with', ['motor', 'mo'], false],
    ['contains', ['motor', 'ot'], true],
    ['concat', ['a', 'b', 'c'], 'abc'],
    ['substring', ['motor', 2], 'otor'],
    ['substring', ['motor', 2, 3], 'oto'],
    ['substring', ['motor', 9], ''],
    ['replace', ['a-b-c', '-', '$&'], 'a$&b$&c'],
    ['trim', ['  x '], 'x'],
    ['number', ['-1.5e3'], -1500],
    ['number', [''], null],
    ['number', ['0x10'], null],
    ['text', [1.5], '1.5'],
    ['text', [true], 'true'],
  ];
  it.each(cases)('%s(%j)', (name, values, expected) => {
    const expression = call(name, resultType(name), ...values.map(value => literal(typeOf(value), value)));
    expect(valueOf(expression, {})).toBe(expected);
  });

  it('shows times and durations as rules write them', () => {
    expect(valueOf(call('text', 'string', literal('time', noon)), {})).toBe('2026-07-01T12:34:00.000Z');
    expect(valueOf(call('text', 'string', literal('time', 8.65e18)), {})).toBe('8650000000000000000');
    expect(valueOf(call('text', 'string', literal('duration', 5_400_000_000)), {})).toBe('1h30m');
  });

  it('are those of the catalog', () => {
    expect(Object.keys(scalarFunctions).sort()).toEqual(Object.keys(SCALAR_FUNCTIONS).sort());
    for (const [name, { result }] of Object.entries(SCALAR_FUNCTIONS)) {
      const type = result.type === 'first' ? 'float' : result.type;
      expect([name, resultType(name)]).toEqual([name, type === 'int' ? 'float' : type]);
    }
  });

  // Those with units, which the language converts, are run by test/dsl/catalog.test.ts.
  const examples = Object.values(SCALAR_FUNCTIONS)
    .flatMap(entry => entry.examples)
    .filter(([text]) => !/\d [a-z]/i.test(text));
  it.each(examples)('%s is %s', (text, expected) => {
    const [, name, values] = /^(\w+)\((.*)\)$/.exec(text)!;
    const operands = (JSON.parse(`[${values}]`) as Scalar[]).map(value => literal(typeOf(value), value));
    expect(valueOf(call(name!, resultType(name!), ...operands), {})).toBe(expected);
  });

  it('agrees with Intl around every change of offset', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Apia'];
    const { hour_of_day: hourOfDay } = scalarFunctions;
    for (const zone of zones) {
      const hour = new Intl.DateTimeFormat('en-US', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' });
      for (let at = Date.UTC(2011, 11, 1); at < Date.UTC(2012, 11, 1); at += 7 * 3_599_000) {
        expect(hourOfDay.evaluate(at * 1_000, zone)).toBe(Number(hour.format(at)));
      }
    }
  });
});

describe('operators', () => {
  it('compute and filter fill their slots, and do nothing without rows', () => {
    const { frame, input, symbols } = frameOf([{ temp: 1 }, { temp: 2 }, { temp: 3 }]);
    const context = { input, symbols, alerts: { emit: () => {} } };
    const compute = createCompute(
      { kind: 'compute', id: 'motor#1', input: 'motor', expression: arithmetic('*', temp, float(2)) },
      context,
      8,
    );
    const filter = createFilter(
      { kind: 'filter', id: 'motor#2', input: 'motor', condition: compare('>', temp, float(1)) },
      context,
      9,
    );
    frame.hasRows = false;
    compute.process(frame);
    filter.process(frame);
    expect(frame.columns.slice(8)).toEqual([]);

    frame.hasRows = true;
    frame.rows = Uint8Array.of(1, 1, 0);
    compute.process(frame);
    filter.process(frame);
    expect([...(frame.columns[8]!.values as Float64Array).subarray(0, 3)]).toEqual([2, 4, 6]);
    expect([...maskOf(frame, { ...input, mask: 9 })!.subarray(0, 3)]).toEqual([0, 1, 0]);
    expect(maskOf(frame, input)).toBe(frame.rows);
    expect(filter.snapshot(Uint32Array.of(0))).toEqual({});
  });
});

it('generates code that can be read', () => {
  const { input, symbols } = frameOf([{ temp: 1, state: 'run' }]);
  const fahrenheit = arithmetic('+', arithmetic('*', temp, float(1.8)), float(32));
  const condition = logic('and', compare('>', fahrenheit, float(185)), compare('==', state, symbol('run')));
  const { source } = compileMask(condition, { input, symbols, name: 'overheating/when' });
  expect(source).toBe(`return (frame, ones, mask, exists) => {
  const length = frame.length;
  const temp = frame.columns[0].values;
  const tempValid = frame.columns[0].valid ?? ones;
  const state = frame.columns[1].values;
  const stateValid = frame.columns[1].valid ?? ones;
  for (let i = 0; i < length; i++) {
    const tempIsThere = tempValid[i] === 1;
    const value = (temp[i] * 1.8) + 32;
    const there = tempIsThere && Number.isFinite(value);
    const stateIsThere = stateValid[i] === 1;
    exists[i] = +(mask[i] === 1 && there && value > 185 && stateIsThere && state[i] === 0 /* "run" */);
  }
};`);
});

/** What the compiled expression gives for one row, in both of its versions; the interpreter must say the same. */
function valueOf(expression: Expression, row: Record<string, Scalar>): Scalar {
  const nulls = Object.fromEntries(Object.keys(row).map(name => [name, null]));
  const values = [[row], [row, nulls]].map(rows => {
    const { frame, input, symbols } = frameOf(rows);
    return readScalar(compileColumn(expression, { input, symbols, name: 'test' })(frame), 0, symbols);
  });
  values.push(interpret(expression, name => row[name]!));
  expect(values).toEqual([values[0], values[0], values[0]]);
  return values[0]!;
}

function frameOf(rows: readonly Record<string, Scalar>[]): { frame: Frame; input: View; symbols: SymbolTable } {
  const symbols = new SymbolTable();
  const names = Object.keys(rows[0]!);
  const frame: Frame = {
    length: rows.length,
    keyIds: new Uint32Array(rows.length),
    timeUs: Float64Array.from(rows, (_, i) => i * 1_000_000),
    watermarkUs: new Float64Array(rows.length),
    arrivalUs: new Float64Array(rows.length),
    rows: undefined,
    hasRows: true,
    columns: names.map(name =>
      columnOf(
        typeOfField(name),
        rows.map(row => row[name]!),
        symbols,
      ),
    ),
  };
  const keys = { fields: [], size: 1, values: () => ({}) };
  const layout = { id: 'motor', keys, addSlot: () => names.length };
  return {
    frame,
    symbols,
    input: { frame: layout, mask: undefined, slots: new Map(names.map((name, i) => [name, i])) },
  };
}

function columnOf(type: ValueType, values: readonly Scalar[], symbols: SymbolTable): Column {
  const column = createColumn(type, values.length);
  const words: readonly string[] =
    type === 'quality' ? ['good', 'uncertain', 'bad'] : ['info', 'low', 'medium', 'high', 'critical'];
  values.forEach((value, i) => {
    if (value === null) return;
    if (type === 'symbol') column.values[i] = symbols.idOf(String(value));
    else if (type === 'quality' || type === 'severity') column.values[i] = words.indexOf(String(value));
    else if (type === 'string') column.values[i] = String(value);
    else column.values[i] = Number(value);
  });
  if (values.includes(null)) column.valid = Uint8Array.from(values, value => (value === null ? 0 : 1));
  return column;
}

function typeOfField(name: string): ValueType {
  const types: Record<string, ValueType> = {
    state: 'symbol',
    'let if(*/': 'symbol',
    label: 'string',
    q: 'quality',
    level: 'severity',
    p: 'bool',
    r: 'bool',
  };
  return types[name] ?? 'float';
}

function typeOf(value: Scalar): ValueType {
  return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'bool' : 'float';
}

function resultType(name: string): ValueType {
  const { result } = scalarFunctions[name as keyof typeof scalarFunctions];
  return result === 'number' ? 'float' : result;
}

function column(name: string, type: ValueType): Expression {
  return { kind: 'column', type, column: name };
}

function literal(type: ValueType, value: Scalar): Expression {
  return { kind: 'literal', type, value };
}

function float(value: number): Expression {
  return literal('float', value);
}

function symbol(value: string): Expression {
  return literal('symbol', value);
}

function arithmetic(operator: '+' | '-' | '*' | '/', left: Expression, right: Expression): Expression {
  return { kind: 'arithmetic', type: 'float', operator, left, right };
}

function compare(operator: '==' | '!=' | '<' | '<=' | '>' | '>=', left: Expression, right: Expression): Expression {
  return { kind: 'compare', type: 'bool', operator, left, right };
}

function logic(kind: 'and' | 'or', left: Expression, right: Expression): Expression {
  return { kind, type: 'bool', left, right };
}

function not(operand: Expression): Expression {
  return { kind: 'not', type: 'bool', operand };
}

function isNull(operand: Expression): Expression {
  return { kind: 'is-null', type: 'bool', operand };
}

function coalesce(left: Expression, right: Expression): Expression {
  return { kind: 'coalesce', type: left.type, left, right };
}

function isIn(operand: Expression, ...items: Expression[]): Expression {
  return { kind: 'in', type: 'bool', operand, items };
}

function call(name: string, type: ValueType, ...values: Expression[]): Expression {
  return { kind: 'call', type, function: name, arguments: values };
}

function grade(): Expression {
  return {
    kind: 'case',
    type: 'symbol',
    branches: [
      { when: compare('>', temp, float(90)), then: symbol('hot') },
      { when: compare('>', arithmetic('/', temp, float(2)), float(25)), then: symbol('warm') },
    ],
    otherwise: literal('symbol', null),
  };
}
