import { describe, expect, test } from 'vitest';
import { chooseLimits } from '../../../apps/cli/new-from-data/choose-limits.ts';
import { durationText, roundUpUs, roundUs } from '../../../apps/cli/new-from-data/duration.ts';
import { freeName, snakeCase } from '../../../apps/cli/new-from-data/field-name.ts';
import { type InferredField, inferFields } from '../../../apps/cli/new-from-data/infer-fields.ts';
import { inferKey } from '../../../apps/cli/new-from-data/infer-key.ts';
import { inferPace } from '../../../apps/cli/new-from-data/infer-pace.ts';
import { inferTime } from '../../../apps/cli/new-from-data/infer-time.ts';
import { inferUnit } from '../../../apps/cli/new-from-data/infer-unit.ts';
import type { Cell } from '../../../connectors/file/cell.ts';
import type { Sample, SampleColumn } from '../../../connectors/file/sample.ts';
import { isUnit, parseUnit } from '../../../dsl/catalog/unit.ts';

describe('names', () => {
  test.each([
    ['Volume Flow RateRMS', 'volume_flow_rate_rms'],
    ['Drücke – Nr. 2', 'druecke_nr_2'],
    ['HTTPStatus', 'http_status'],
    ['1st', '_1st'],
    ['温度', 'field'],
    ['  ', 'field'],
  ])('%s → %s', (header, name) => expect(snakeCase(header)).toBe(name));

  test('a name is given once, and never one that means something else', () => {
    const taken = new Set<string>();
    expect(['temp', 'temp', 'TEMP', 'not', 'a b', 'a-b'].map(text => freeName(text, taken))).toEqual([
      'temp',
      'temp_2',
      'TEMP',
      'not_value',
      'a_b',
      'a_b_2',
    ]);
  });
});

describe('units', () => {
  test.each([
    ['temp_degC', 'temp', 'degC'],
    ['Temperature (°C)', 'Temperature', 'degC'],
    ['Temperature (C)', 'Temperature', 'degC'],
    ['Charge (C)', 'Charge (C)', null],
    ['Pressure [bar]', 'Pressure', 'bar'],
    ['Torque (Nm)', 'Torque', 'N*m'],
    ['Flow [m³/h]', 'Flow', 'm³/h'],
    ['Humidity (%)', 'Humidity', '%'],
    ['flow_l_min', 'flow', 'L/min'],
    ['MotorSpeedRPM', 'motor_speed', 'rpm'],
    ['load_min', 'load_min', null],
    ['Wait (min)', 'Wait (min)', null],
    ['Rate (avg)', 'Rate (avg)', null],
    ['Counts [1/min]', 'Counts [1/min]', null],
    ['bar', 'bar', null],
  ])('%s → %s in %s', (header, name, unit) => {
    expect(inferUnit(header)).toEqual({ name, unit });
    if (unit !== null) expect(isUnit(parseUnit(unit))).toBe(true);
  });
});

describe('durations', () => {
  test.each([
    [0, '0s'],
    [2_000, '2ms'],
    [90_000_000, '90s'],
    [3_600_000_000, '1h'],
    [7_800_000_000, '2h10m'],
    [86_400_000_000, '1d'],
  ])('%i µs is %s', (us, text) => expect(durationText(us)).toBe(text));

  test('rounded up, and to the nearest', () => {
    expect([0.3, 3.2, 61, 90_000].map(s => durationText(roundUpUs(s * 1e6)))).toEqual(['500ms', '5s', '2m', '2d']);
    expect([0.0004, 3.01, 299.7, 3_600].map(s => durationText(roundUs(s * 1e6)))).toEqual(['1ms', '3s', '5m', '1h']);
  });
});

describe('the time', () => {
  test.each([
    [
      'text as ISO',
      { a: [1, 2, 3], when: ['2025-03-10 08:00', '2025-03-10 08:01', '2025-03-10 08:02'] },
      ['when', 'iso'],
    ],
    ['seconds', { counter: [1, 2, 3], ts: ['1741600000', '1741600001', '1741600002.5'] }, ['ts', 's']],
    ['milliseconds', { t: [1741600000000, 1741600001000] }, ['t', 'ms']],
    ['nanoseconds', { t: ['1741600000000000000', '1741600001000000000'] }, ['t', 'ns']],
    [
      'of several the event’s',
      { received_at: ['2025-03-10T08:00Z'], event_time: ['2025-03-10T08:00Z'] },
      ['event_time', 'iso'],
    ],
    ['a point in time of Parquet', { x: [{ us: 1741600000000000 }] }, ['x', 'iso']],
    ['by its course alone', { col1: [1741600000, 1741600001, 1741600002], x: [3, 1, 2] }, ['col1', 's']],
    ['numbers as large, in no order', { energy: [1741600000, 1641600001, 1541600002] }, null],
    ['another date', { when: ['10.03.2025', '11.03.2025'] }, null],
    ['since a start', { time: [0, 0.5, 1] }, ['time', 's']],
  ])('%s', (_, columns, found) => {
    const time = inferTime(sampleOf(columns));
    expect(time === null ? null : [time.column.path[0], time.format]).toEqual(found);
  });
});

describe('fields', () => {
  test.each([
    ['floats', ['1.5', '2', null], 'float'],
    [
      'many whole numbers, of which the next may have a point',
      Array.from({ length: 50 }, (_, at) => String(at)),
      'float',
    ],
    ['codes', ['0', '3', '0'], 'int'],
    ['labels', ['0.0', '1.0'], 'int'],
    ['bools', ['true', 'false'], 'bool'],
    ['words', ['on', 'off', 'on'], 'symbol'],
    ['texts', Array.from({ length: 50 }, (_, at) => `line ${at}`), 'string'],
    ['times', ['2025-03-10', '2025-03-11'], 'time'],
    ['some words among numbers', ['1.5', '2.5', '3.5', '4.5', '5.5', 'NaN'], 'float'],
  ])('%s', (_, cells, type) => {
    const sample = sampleOf({ x: cells });
    const { fields } = inferFields(sample, { without: column('at', []) });
    expect(fields).toMatchObject([{ name: 'x', type }]);
  });
});

describe('the key', () => {
  const times = (count: number, step = 1): number[] => Array.from({ length: count }, (_, at) => 1e15 + at * step * 1e6);

  test('times repeat, but not within a value of the column', () => {
    const state = Array.from({ length: 300 }, (_, at) => (at % 7 === 0 ? 'on' : 'off'));
    const zone = Array.from({ length: 300 }, (_, at) => 'xyz'[at % 3]!);
    const timesUs = times(300).map((_, at, all) => all[Math.floor(at / 3)]!);
    expect(keyNames({ state, zone }, timesUs)).toEqual(['zone']);
  });

  test('two columns together, where one is not enough', () => {
    const site = Array.from({ length: 400 }, (_, at) => 'ab'[at % 2]!);
    const device = Array.from({ length: 400 }, (_, at) => 'xy'[Math.floor(at / 2) % 2]!);
    const timesUs = times(400).map((_, at, all) => all[Math.floor(at / 4)]!);
    expect(keyNames({ site, device }, timesUs)).toEqual(['site', 'device']);
  });

  test('a state is none, however often times repeat; a name may say it', () => {
    const state = Array.from({ length: 300 }, (_, at) => (at < 150 ? 'on' : 'off'));
    expect(keyNames({ state }, times(300, 0))).toEqual([]);
    expect(keyNames({ state }, times(300))).toEqual([]);
    expect(keyNames({ pump: state }, times(300))).toEqual(['pump']);
  });

  function keyNames(columns: Record<string, Cell[]>, timesUs: number[]): string[] {
    const { fields } = inferFields(sampleOf(columns), { without: column('at', []) });
    return inferKey(fields, timesUs).fields.map(field => field.name);
  }
});

describe('the pace', () => {
  const S = 1e6;
  test.each([
    ['in order', [0, 1, 2, 3, 4, 5], { intervalUs: S, latenessUs: 0, idleUs: 30 * S }],
    ['out of order', [0, 1, 5, 4, 3, 2, 6], { intervalUs: S, latenessUs: 5 * S, idleUs: 30 * S }],
    ['once in an hour', [0, 3600, 7200], { intervalUs: 3600 * S, latenessUs: 0, windowUs: 86_400 * S }],
    ['one row', [0], { intervalUs: S, isIntervalKnown: false }],
  ])('%s', (_, seconds, pace) => {
    const timesUs = seconds.map(second => 1e15 + second * S);
    expect(
      inferPace(
        timesUs,
        seconds.map(() => ''),
      ),
    ).toMatchObject(pace);
  });

  test('a bad date among thousands makes nobody wait', () => {
    const timesUs = Array.from({ length: 3000 }, (_, at) => 1e15 + at * S);
    timesUs[1500] = 1e15 - 86_400 * S;
    expect(
      inferPace(
        timesUs,
        timesUs.map(() => ''),
      ),
    ).toMatchObject({ latenessUs: 0, lateRows: 1 });
  });
});

describe('limits', () => {
  test.each([
    ['0..1000', Array.from({ length: 10_001 }, (_, at) => at / 10), 'float'],
    ['mostly the highest', [1, 2, ...Array.from({ length: 500 }, () => 7.3)], 'float'],
    ['negative and small', Array.from({ length: 500 }, (_, at) => -0.002 + at * 1e-8), 'float'],
    ['large', Array.from({ length: 500 }, (_, at) => 1e12 + at * 1e10), 'float'],
    ['whole numbers', [1, 2, 3, 3, 3, 4], 'int'],
  ])('of %s they stand in order and print as they compare', (_, sorted, type) => {
    const field = { name: 'x', type } as InferredField; // no more of it is looked at
    const limits = chooseLimits({ field, sorted }, { intervalUs: 1e6 });
    const written = [limits.usual, limits.clear, limits.medium, limits.above, limits.high, limits.beyond];
    const numbers = written.map(Number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(written).size).toBe(6 - Number(limits.above === limits.high));
    expect(Number(limits.high)).toBeGreaterThanOrEqual(sorted.at(-1)!);
    expect(sorted.filter(value => value > Number(limits.medium)).length).toBeLessThanOrEqual(sorted.length * 0.1);
    for (const text of written) expect(text).toMatch(/^-?\d+(\.\d+)?$/);
    if (type === 'int') for (const number of numbers) expect(Number.isInteger(number)).toBe(true);
  });
});

function sampleOf(columns: Record<string, readonly Cell[]>): Sample {
  return {
    format: 'csv',
    separator: ',',
    columns: Object.entries(columns).map(([name, cells]) => column(name, cells)),
    rows: Object.values(columns)[0]!.length,
    isWhole: true,
    repeatedColumns: [],
    unreadableRows: 0,
  };
}

function column(name: string, cells: readonly Cell[]): SampleColumn {
  return { path: [name], cells, isNested: false };
}
