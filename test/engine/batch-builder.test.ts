import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { field, motorNode, rowsOf } from '../connectors/sources.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void; // as: it is V8's

type Field = ReturnType<typeof field>;
type Format = NonNullable<ReturnType<typeof motorNode>['time']>['format'];

/** What becomes of one value of one field: the column's value, or the rejection's code. */
function take(declared: Field, value: unknown, how: 'json' | 'text' = 'json'): unknown {
  const symbols = new SymbolTable();
  const builder = new BatchBuilder(motorNode({ key: [], time: null, fields: [declared] }), symbols);
  builder.limit({ maxEvents: 10 });
  builder.arrivalUs = 5;
  if (how === 'json') builder.setValue(0, value);
  else builder.setBytes(0, Buffer.from(String(value)), 0, Buffer.byteLength(String(value)));
  if (!builder.commit()) builder.refuse({ raw: 'raw' });
  const batch = builder.build();
  return batch.length === 0 ? batch.rejected[0]!.code : rowsOf(batch, [declared.name], symbols)[0]![declared.name];
}

function takeTime(format: Format, value: unknown, how: 'json' | 'text' = 'json'): number | string {
  const batch = timeBatch(format, value, how);
  return batch.length === 0 ? batch.rejected[0]!.code : batch.timeUs[0]!;
}

function timeBatch(format: Format, value: unknown, how: 'json' | 'text') {
  const builder = new BatchBuilder(
    motorNode({ key: [], fields: [], time: { from: { kind: 'path', path: ['ts'] }, format } }),
    new SymbolTable(),
  );
  builder.limit({ maxEvents: 10 });
  if (how === 'json') builder.setValue(0, value);
  else builder.setBytes(0, Buffer.from(String(value)), 0, Buffer.byteLength(String(value)));
  if (!builder.commit()) builder.refuse({ raw: 'raw' });
  return builder.build();
}

describe('values', () => {
  const scaling = [{ operator: '*', by: 0.1 } as const, { operator: '-', by: 50 } as const];
  it.each<[string, Field, unknown, unknown]>([
    ['a number is a float', field('x', 'float'), 1.5, 1.5],
    ['-0 stays -0', field('x', 'float'), -0, -0],
    ['null is null', field('x', 'float'), null, null],
    ['a missing field is null', field('x', 'float'), undefined, null],
    ['a text is no float', field('x', 'float'), '1.5', 'MR4010'],
    ['unless number() says so', field('x', 'float', { isNumberFromText: true }), ' 1.5 ', 1.5],
    ['number() of no number', field('x', 'float', { isNumberFromText: true }), '0x10', 'MR4010'],
    ['number() of nothing', field('x', 'float', { isNumberFromText: true }), '', null],
    ['true is no float', field('x', 'float'), true, 'MR4010'],
    ['an object is no float', field('x', 'float'), { a: 1 }, 'MR4010'],
    ['NaN', field('x', 'float'), Number.NaN, 'MR4011'],
    ['infinity', field('x', 'float'), Infinity, 'MR4011'],
    ['infinite after scaling', field('x', 'float', { scaling: [{ operator: '/', by: 0 }] }), 1, 'MR4011'],
    ['scaled from left to right', field('x', 'float', { scaling }), 700, 700 * 0.1 - 50],
    ['inside its range', field('x', 'float', { range: { low: -40, high: 200 } }), 200, 200],
    ['outside its range', field('x', 'float', { range: { low: -40, high: 200 } }), 200.1, 'MR4012'],
    ['the range is of the scaled value', field('x', 'float', { scaling, range: { low: -40, high: 200 } }), 700, 20],
    ['an integer of 400 digits', field('x', 'int'), BigInt(`1${'0'.repeat(400)}`), 'MR4011'],
    ['a default for null', field('x', 'float', { default: 7 }), null, 7],
    ['a default is not scaled', field('x', 'float', { default: 7, scaling }), undefined, 7],
    ['an int', field('x', 'int'), 3, 3],
    ['an int with a fraction', field('x', 'int'), 3.5, 'MR4013'],
    ['the largest int', field('x', 'int'), 9007199254740991, 9007199254740991],
    ['an int too large', field('x', 'int'), 9007199254740993n, 'MR4013'],
    ['an int as bigint', field('x', 'int'), -5n, -5],
    ['a bool', field('x', 'bool'), false, false],
    ['1 is no bool in JSON', field('x', 'bool'), 1, 'MR4010'],
    ['a default of a bool', field('x', 'bool', { default: true }), null, true],
    ['a symbol', field('x', 'symbol'), 'run', 'run'],
    ['a number is no symbol', field('x', 'symbol'), 17, 'MR4010'],
    ['a default of a symbol', field('x', 'symbol', { default: 'idle' }), null, 'idle'],
    ['a string', field('x', 'string'), '', ''],
    ['quality in words', field('x', 'quality'), 'Uncertain', 'uncertain'],
    ['another word', field('x', 'quality'), 'fine', 'MR4010'],
    ['a good status code', field('x', 'quality'), 0, 'good'],
    ['an uncertain status code', field('x', 'quality'), 0x40920000, 'uncertain'],
    ['a bad status code', field('x', 'quality'), 0x80340000, 'bad'],
    ['a bad status code as int32', field('x', 'quality'), -0x7fcc0000, 'bad'],
    ['no status code', field('x', 'quality'), 2 ** 33, 'MR4010'],
    ['a default quality', field('x', 'quality', { default: 'good' }), null, 'good'],
    ['a time', field('x', 'time'), '1970-01-01T00:00:01Z', 1e6],
    ['a time in microseconds', field('x', 'time'), 17, 17],
    ['a field that nobody needs is checked', field('x', 'float', { isNeeded: false }), 'hot', 'MR4010'],
  ])('%s', (_title, declared, value, expected) => {
    expect(take(declared, value)).toEqual(expected);
  });

  it.each<[string, Field, string, unknown]>([
    ['a number', field('x', 'float'), '-1.5e3', -1500],
    ['blanks around it', field('x', 'float'), '\t 7 ', 7],
    ['an empty cell', field('x', 'float'), '', null],
    ['a blank cell', field('x', 'float'), '  ', null],
    ['NaN', field('x', 'float'), 'nan', 'MR4011'],
    ['-inf', field('x', 'float'), '-inf', 'MR4011'],
    ['too large', field('x', 'float'), '1e999', 'MR4011'],
    ['a decimal comma', field('x', 'float'), '1,5', 'MR4010'],
    ['hexadecimal', field('x', 'float'), '0x10', 'MR4010'],
    ['a mark behind a number', field('x', 'float'), '1e999\ufeff', 'MR4010'],
    ['true', field('x', 'bool'), 'TRUE', true],
    ['0', field('x', 'bool'), '0', false],
    ['no bool', field('x', 'bool'), 'yes', 'MR4010'],
    ['a symbol keeps its blanks', field('x', 'symbol'), ' a', ' a'],
    ['a status code', field('x', 'quality'), '2147483648', 'bad'],
  ])('as text: %s', (_title, declared, text, expected) => {
    expect(take(declared, text, 'text')).toEqual(expected);
  });
});

describe('reasons say what to do', () => {
  it.each<[Format, unknown, RegExp]>([
    ['s', 1_700_000_000_000, /outside 1970 to 2255; write `as ms`, and it is of 2023$/],
    ['ms', 1_700_000_000_000_000_000n, /; write `as ns`, and it is of 2023$/],
    ['s', 1e300, /outside 1970 to 2255$/],
    ['iso', '31.01.2026 08:30', /does not read as iso, such as 2026-01-31T08:30:00Z$/],
    ['iso', 1_700_000_000, /does not read as iso; write `as s`, `ms`, `us` or `ns` for a number$/],
    ['ms', '2026-01-31', /does not read as ms; write `as iso` for it$/],
  ])('time as %s: %s', (format, value, reason) => {
    expect(timeBatch(format, value, 'json').rejected[0]!.reason).toMatch(reason);
  });
});

describe('times', () => {
  const US = 1_372_896_000_000_000; // 2013-07-04T00:00:00Z
  it.each<[Format, unknown, number | string]>([
    ['s', 1372896000, US],
    ['s', 1372896000.123456, US + 123_456],
    ['ms', 1372896000123, US + 123_000],
    ['us', US + 1, US + 1],
    ['ns', 1372896000123456789n, US + 123_456],
    ['ns', '1372896000123456789', US + 123_456],
    ['ms', '1372896000123.4567', US + 123_457],
    ['s', '1372896000.1234565', US + 123_457],
    ['s', '1.372896e9', US],
    ['ns', '999', 0],
    ['us', '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['us', '9007199254740993', 'MR4017'],
    ['iso', '2013-07-04 00:00:00', US],
    ['iso', '2013-07-04T00:00:00Z', US],
    ['iso', '2013-07-04T02:00:00+02:00', US],
    ['iso', '2013-07-03T19:30-0430', US],
    ['iso', '2013-07-04', US],
    ['iso', '2013-07-04 00:00:00.123456789', US + 123_456],
    ['iso', '2013-07-04T00:00:00,5Z', US + 500_000],
    ['iso', '2016-12-31T23:59:60Z', 1_483_228_800_000_000],
    ['iso', '2255-06-05T23:47:34.740991Z', Number.MAX_SAFE_INTEGER],
    ['iso', '2255-06-05T23:47:34.740992Z', 'MR4017'],
    ['iso', '1969-12-31T23:59:59Z', 'MR4017'],
    ['iso', '+292277026-12-04T15:30:08Z', 'MR4017'],
    ['ms', 9223372036854775807n, 'MR4017'],
    ['ms', 1e300, 'MR4017'],
    ['s', -1, 'MR4017'],
    ['iso', '2013-02-29', 'MR4016'],
    ['iso', '2013-07-04T24:00:00Z', 'MR4016'],
    ['iso', '2013-07-04T00:00:00.Z', 'MR4016'],
    ['iso', '2013-07-04T00:00:00 CET', 'MR4016'],
    ['iso', '04.07.2013', 'MR4016'],
    ['iso', 1372896000, 'MR4016'],
    ['ms', '2013-07-04 00:00:00', 'MR4016'],
    ['ms', true, 'MR4016'],
    ['ms', null, 'MR4015'],
    ['ms', undefined, 'MR4015'],
    ['iso', ' ', 'MR4015'],
  ])('%s: %s', (format, value, expected) => {
    expect(takeTime(format, value)).toBe(expected);
    if (typeof value === 'string') expect(takeTime(format, value, 'text')).toBe(expected);
  });

  it('reads every ISO time as Date does', () => {
    for (let us = 0; us < 9e15; us += 7_777_777_777_777_000) {
      expect(takeTime('iso', new Date(us / 1000).toISOString())).toBe(us);
    }
    for (let day = 0; day < 104_000; day += 13) {
      expect(takeTime('iso', new Date(day * 86_400_000).toISOString().slice(0, 10))).toBe(day * 86_400_000_000);
    }
  });
});

describe('rejections', () => {
  it('name field and value, keep the key, the time and the place, and stand where they stood', () => {
    const symbols = new SymbolTable();
    const node = motorNode({
      fields: [field('device', 'symbol'), field('temp', 'float', { unit: 'degC', range: { low: -40, high: 200 } })],
    });
    const builder = new BatchBuilder(node, symbols);
    builder.limit({ maxEvents: 10 });
    const add = (device: unknown, temp: unknown, ts: unknown): void => {
      [device, temp, ts].forEach((value, slot) => builder.setValue(slot, value));
      if (!builder.commit()) builder.refuse({ raw: 'x'.repeat(2000), place: `line ${builder.size + 1}` });
    };
    add('m1', 20, 1);
    add('m1', 250, 2);
    add(null, 20, 3);
    add('m2', 'hot', null);
    add('m2', 30, 4);
    const batch = builder.build();
    expect(rowsOf(batch, ['device', 'temp'], symbols)).toEqual([
      { timeUs: 1000, device: 'm1', temp: 20 },
      { timeUs: 4000, device: 'm2', temp: 30 },
    ]);
    expect(batch.rejected.map(({ raw, stream: _stream, ...rest }) => ({ ...rest, characters: raw.length }))).toEqual([
      {
        code: 'MR4012',
        reason: 'temp is 250 degC, outside -40..200 (line 2)',
        key: { device: 'm1' },
        eventTimeUs: 2000,
        arrivalUs: 1000,
        identity: null,
        atIndex: 1,
        characters: 1000,
      },
      {
        code: 'MR4014',
        reason: 'device, which is part of the key, is missing (line 3)',
        key: null,
        eventTimeUs: 3000,
        arrivalUs: 1000,
        identity: null,
        atIndex: 1,
        characters: 1000,
      },
      {
        code: 'MR4010',
        reason: 'temp is "hot", not a number (line 4)',
        key: { device: 'm2' },
        eventTimeUs: null,
        arrivalUs: 1000,
        identity: null,
        atIndex: 1,
        characters: 1000,
      },
    ]);
  });

  it('keep the beginning of a message, and not the message in memory', () => {
    const builder = new BatchBuilder(motorNode(), new SymbolTable());
    builder.limit({ maxEvents: 100 });
    const usedBytes = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const beforeBytes = usedBytes();
    for (let i = 0; i < 50; i++) {
      builder.reject({ code: 'MR4001', reason: 'not JSON', raw: Buffer.alloc(1_000_000, `${i}, `).toString('latin1') });
    }
    expect(usedBytes() - beforeBytes).toBeLessThan(10_000_000);
    expect(builder.build().rejected[7]!.raw).toBe('7, '.repeat(334).slice(0, 1_000));
  });

  it('leave nothing behind in the row of the next event', () => {
    const symbols = new SymbolTable();
    const builder = new BatchBuilder(
      motorNode({ fields: [field('device', 'symbol'), field('temp', 'float'), field('on', 'bool')] }),
      symbols,
    );
    builder.limit({ maxEvents: 10 });
    for (const values of [
      ['m1', null, 'no', 1],
      ['m1', 5, true, 2],
    ]) {
      values.forEach((value, slot) => builder.setValue(slot, value));
      if (!builder.commit()) builder.refuse({ raw: '' });
    }
    const batch = builder.build();
    expect(batch.columns.map(column => column.valid)).toEqual([undefined, undefined, undefined]);
    expect(rowsOf(batch, ['device', 'temp', 'on'], symbols)).toEqual([
      { timeUs: 2000, device: 'm1', temp: 5, on: true },
    ]);
  });
});

describe('batches', () => {
  it('grow, keep nulls, and belong to the receiver', () => {
    const symbols = new SymbolTable();
    const builder = new BatchBuilder(
      motorNode({ fields: [field('device', 'symbol'), field('temp', 'float'), field('note', 'string')] }),
      symbols,
    );
    const fill = (count: number): ReturnType<BatchBuilder['build']> => {
      builder.limit({ maxEvents: count });
      for (let row = 0; builder.hasRoom; row++) {
        [`m${row % 3}`, row % 100 === 99 ? null : row, `n${row}`, row].forEach((value, slot) =>
          builder.setValue(slot, value),
        );
        builder.commit();
      }
      return builder.build();
    };
    const first = fill(1000);
    const rows = rowsOf(first, ['device', 'temp', 'note'], symbols);
    fill(10);
    expect(rowsOf(first, ['device', 'temp', 'note'], symbols)).toEqual(rows);
    expect(rows).toHaveLength(1000);
    expect(rows[999]).toEqual({ timeUs: 999_000, device: 'm0', temp: null, note: 'n999' });
    expect(rows[998]).toEqual({ timeUs: 998_000, device: 'm2', temp: 998, note: 'n998' });
  });

  it('end at a time, where one is given, and take their time from the arrival, where the stream has none', () => {
    const builder = new BatchBuilder(motorNode({ fields: [], key: [], time: null }), new SymbolTable());
    builder.limit({ maxEvents: 10, untilUs: 7 });
    for (builder.arrivalUs = 5; builder.hasRoom; builder.arrivalUs++) builder.commit();
    const batch = builder.build();
    expect([...batch.timeUs]).toEqual([5, 6, 7]);
    expect([...batch.arrivalUs]).toEqual([5, 6, 7]);
  });
});
