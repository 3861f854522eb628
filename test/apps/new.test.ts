import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { dataFolder } from '../../examples/examples.js';
import { root } from '../repository/tree.ts';
import { folderWith, jsonLines, millrace } from './millrace.ts';

/** Makes rules for a file, as a user would, and sees to it that they check, are in form, pass and run at once. */
function rulesFor(files: Readonly<Record<string, string>>): {
  rules: string;
  out: string;
  run: Record<string, unknown>[];
} {
  const folder = folderWith(files);
  const [name] = Object.keys(files);
  return tryIn(folder, name!);
}

function tryIn(folder: string, data: string): { rules: string; out: string; run: Record<string, unknown>[] } {
  const { code, out, err } = millrace(['new', 'alarms', '--data', data], { cwd: folder });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const file = 'alarms/rules.mill';
  expect(out).toContain(`millrace run ${file}`);
  const rules = readFileSync(join(folder, file), 'utf8');
  expect(millrace(['check', file], { cwd: folder }), rules).toMatchObject({ code: 0, err: '' });
  expect(millrace(['fmt', '--check', file], { cwd: folder }), rules).toMatchObject({ code: 0, out: '' });
  const tested = millrace(['test', '--coverage', file], { cwd: folder });
  expect(tested.out, rules).toMatch(
    /[1-9]\d* passed, 0 failed\n(every rule and level is reached|no test reaches \w+_missing: clear\n$)/,
  );
  const run = millrace(['run', file, '--json'], { cwd: folder });
  expect({ code: run.code, err: run.err }, rules).toEqual({ code: 0, err: '' });
  return { rules, out, run: jsonLines(run.out) };
}

/** A wave with a hump near its end; the same in every run. */
function reading(at: number, count: number): number {
  const hump = at > count * 0.9 && at < count * 0.95 ? 30 : 0;
  return Number((70 + 3 * Math.sin(at / 7) + ((at * 7919) % 13) / 10 + hump).toFixed(2));
}

const START_MS = Date.UTC(2025, 2, 10, 8);

function csv(options: {
  readonly header: string;
  readonly count: number;
  readonly row: (at: number, time: Date) => string;
  readonly stepMs?: number;
}): string {
  const { header, count, row, stepMs = 1000 } = options;
  const rows = Array.from({ length: count }, (_, at) => row(at, new Date(START_MS + at * stepMs)));
  return [header, ...rows, ''].join('\n');
}

const SIMPLE = csv({
  header: 'at,temp',
  count: 500,
  row: (at, time) => `${time.toISOString()},${reading(at, 500)}`,
});

describe('new --data', () => {
  test('a plain file: all that was found is said, and there are alarms at once', () => {
    const { rules, out, run } = rulesFor({ 'boiler.csv': SIMPLE });
    expect(out).toContain('Read 500 rows of boiler.csv (csv):');
    expect(out).toContain('at as iso, a reading every 1s, in order');
    expect(rules).toContain('stream boiler from file "../boiler.csv" {');
    expect(rules).toContain('lateness 0s');
    expect(rules).toContain('window tumbling 1m');
    const raised = run.filter(line => line.change === 'raised');
    expect(raised.map(line => line.rule)).toContain('temp_high');
    expect(raised.map(line => line.rule)).toContain('temp_unusual');
    expect(run.at(-1)).toMatchObject({ type: 'summary', events: 500, late: 0, rejected: 0 });
  });

  test('quoted headers with units, semicolons, epoch seconds, several devices, a constant, a label', () => {
    const text = csv({
      header:
        '"Zeit (UTC) timestamp";"Device ID";"Temperature (°C)";"Pressure [bar]";flow_l_min;"Set; Point";anomaly;note',
      count: 900,
      row: (at, time) =>
        [
          Math.floor(+time / 3000) * 3, // three devices a time
          `"p${at % 3}"`,
          reading(at, 900),
          (reading(at, 900) / 10).toFixed(3),
          at % 2,
          '21.50',
          at % 50 === 0 ? 1 : 0,
          `"line ${at}; ""${at}"""`,
        ].join(';'),
    });
    const { rules, run } = rulesFor({ 'plant data.csv': text });
    expect(rules).toMatch(/key device_id: +symbol = \$\["Device ID"\]/);
    expect(rules).toMatch(/temperature: +float degC = \$\["Temperature \(°C\)"\]/);
    expect(rules).toMatch(/pressure: +float bar = \$\["Pressure \[bar\]"\]/);
    expect(rules).toMatch(/set_point: +float = \$\["Set; Point"\]/);
    expect(rules).toContain('every 3s');
    expect(rules).toMatch(/anomaly: +int\n/);
    expect(rules).toMatch(/note: +string/);
    expect(rules).toMatch(/time +\$\["Zeit \(UTC\) timestamp"\] as s/);
    expect(rules).toMatch(/medium +when temperature > [\d.]+ degC/);
    expect(rules).not.toMatch(/when (set_point|anomaly)/);
    expect(run.at(-1)).toMatchObject({ events: 900, late: 0, rejected: 0 });
    expect(run.find(line => line.type === 'alert')).toMatchObject({
      key: { device_id: expect.stringMatching(/^p\d$/) },
    });
  });

  test('rows out of order wait as long as the sample needs', () => {
    const order = (at: number): number => (at % 10 === 3 ? at + 4 : at % 10 === 7 ? at - 4 : at);
    const text = csv({
      header: 'ts\ttemp',
      count: 600,
      row: at => `${START_MS + order(at) * 1000}\t${reading(order(at), 600)}`,
    });
    const { rules, out, run } = rulesFor({ 'boiler.tsv': text });
    expect(rules).toMatch(/time +ts as ms/);
    expect(rules).toContain('lateness 5s');
    expect(out).toContain('up to 5s out of order');
    expect(run.at(-1)).toMatchObject({ events: 600, late: 0 });
  });

  test('device after device in one file, and times backwards', () => {
    const text = csv({
      header: 'ts,machine,rpm',
      count: 600,
      row: at =>
        `${new Date(START_MS + (299 - (at % 300)) * 60_000).toISOString()},${at < 300 ? 'a' : 'b'},${reading(at, 600)}`,
    });
    const { rules, run } = rulesFor({ 'spindles.csv': text });
    expect(rules).toContain('key machine: symbol');
    expect(rules).toContain('lateness 6h');
    expect(rules).toContain('window tumbling 10m');
    expect(run.at(-1)).toMatchObject({ events: 600, late: 0, rejected: 0 });
  });

  test('blocks of one device each: `idle` spans what the others move on meanwhile', () => {
    const text = csv({
      header: 'ts,machine,rpm',
      count: 1200,
      row: at => {
        const block = Math.floor(at / 200);
        const second = Math.floor(block / 2) * 200 + (at % 200);
        return `${new Date(START_MS + second * 1000).toISOString()},${block % 2 === 0 ? 'a' : 'b'},${reading(at, 1200)}`;
      },
    });
    const { rules, run } = rulesFor({ 'spindles.csv': text });
    expect(rules).toContain('key machine: symbol');
    expect(run.at(-1)).toMatchObject({ events: 1200, late: 0 });
  });

  test('missing values, empty columns, words among numbers, numbers with a comma', () => {
    const text = csv({
      header: 'time;temp;none;level;weight;time_value;true',
      count: 400,
      row: (at, time) =>
        [
          time.toISOString().replace('T', ' ').slice(0, 19),
          at % 9 === 0 ? '' : reading(at, 400),
          '',
          at % 40 === 0 ? 'NaN' : reading(at + 3, 400),
          `${at},5`,
          at % 2,
          reading(at, 400) * 2,
        ].join(';'),
    });
    const { rules, run } = rulesFor({ 'tank.csv': text });
    expect(rules).toContain('// left out: none; it is empty in the sample');
    expect(rules).toMatch(/level: +float +\/\/ rows with "NaN" are rejected/);
    expect(rules).toMatch(/weight: +string +\/\/ numbers with a decimal comma/);
    expect(rules).toMatch(/true_value: +float = \$\.true/);
    expect(rules).toMatch(/time +time as iso/);
    expect(run.at(-1)).toMatchObject({ events: 390, rejected: 10 });
  });

  test('only a time: what can be watched is that readings come', () => {
    const text = csv({ header: 'timestamp', count: 300, row: (_, time) => time.toISOString() });
    const { rules, run } = rulesFor({ 'beats.csv': text });
    expect(rules).toContain('rule beats_missing on beats_10s');
    expect(run.at(-1)).toMatchObject({ events: 300, alerts: 0 });
  });

  test('a few rows, negative numbers, an interval of days', () => {
    const rows = [-12.5, -13, -11.25, -12, -14, -13.5].map((value, at) => `2025-03-0${at + 1},${value}`);
    const { rules, run } = rulesFor({ '2025.csv': ['date,temp_degC', ...rows].join('\n') });
    expect(rules).toContain('stream readings from file');
    expect(rules).toMatch(/temp: +float degC = \$\.temp_degC/);
    expect(rules).toContain('window tumbling 7d');
    expect(run.at(-1)).toMatchObject({ events: 6, late: 0, rejected: 0 });
  });

  test('milliseconds, numbers that are codes, a name twice', () => {
    const text = csv({
      header: 'epoch_us,state,load,temp,temp',
      count: 3000,
      stepMs: 2,
      row: (at, time) => `${+time * 1000},${at % 4},${at % 17},${at},${at}`,
    });
    const { rules, run } = rulesFor({ 'drive.csv': text });
    expect(rules).toContain('// left out: temp; the header has it twice');
    expect(rules).toMatch(/state: +int/);
    expect(rules).toContain('window tumbling 1s');
    expect(run.at(-1)).toMatchObject({ events: 3000, late: 0, rejected: 0 });
  });

  test('seconds since the start of a recording', () => {
    const text = csv({ header: 'time,force_kn', count: 300, row: at => `${(at / 10).toFixed(1)},${reading(at, 300)}` });
    const { rules } = rulesFor({ 'press.csv': text });
    expect(rules).toMatch(/time +time as s +\/\/ it counts from the start/);
    expect(rules).toMatch(/force: +float kN/);
  });

  const events = Array.from({ length: 400 }, (_, at) => ({
    meta: { device: at % 2 === 0 ? 'a"1' : 'b', 'fw version': '1.2b' },
    ts: new Date(START_MS + Math.floor(at / 2) * 1000).toISOString(),
    temp: reading(at, 400),
    amps: String(at % 30),
    on: at % 3 === 0,
    tags: ['x'],
  }));

  test.each([
    ['NDJSON', 'motor.ndjson', events.map(event => JSON.stringify(event)).join('\n')],
    ['a JSON list', 'motor.json', JSON.stringify(events, null, 2)],
  ])('%s with objects in objects', (_, name, text) => {
    const { rules, run } = rulesFor({ [name]: text });
    expect(rules).toMatch(/key meta_device: symbol = \$\.meta\.device/);
    expect(rules).toMatch(/meta_fw_version: +symbol = \$\.meta\["fw version"\]/);
    expect(rules).toMatch(/amps: +float = number\(\$\.amps\)/);
    expect(rules).toMatch(/on: +bool/);
    expect(rules).toContain('// left out: tags;');
    expect(run.at(-1)).toMatchObject({ events: 400, late: 0, rejected: 0 });
  });

  test.each([
    ['gz', gzipSync],
    ['zst', zstdCompressSync],
  ])('packed as %s', (suffix, pack) => {
    const folder = folderWith({});
    writeFileSync(join(folder, `boiler.csv.${suffix}`), pack(Buffer.from(SIMPLE)));
    expect(tryIn(folder, `boiler.csv.${suffix}`).rules).toContain(`stream boiler from file "../boiler.csv.${suffix}"`);
  });

  test('Parquet', () => {
    const { rules, run } = tryIn(folderWith({}), join(root, 'test/connectors/fixtures/motor.parquet'));
    expect(rules).toMatch(/key device: symbol\n +temp: +float\n +count: +float\n +running: bool\n +time +ts as s/);
    expect(run.at(-1)).toMatchObject({ events: 250, late: 0, rejected: 0 });
  });

  test.each([
    ['no time', 'a,b\n1,2\n', 'MR7008', 'the columns are "a", "b"'],
    ['a date of some country', 'when,b\n10.03.2025 08:00,2\n', 'MR7008', 'is it "when"?'],
    ['one column of numbers', 'temp\n71\n72\n', 'MR7008', '"temp"'],
    ['a header only', 'at,temp\n', 'MR7009', 'has no readings below its columns "at", "temp"'],
    ['no header', '2025-03-10T08:00:00Z,p1,71\n2025-03-10T08:00:05Z,p1,72\n', 'MR7009', 'names of the columns'],
    ['no header, numbers', '1741600000,71\n1741600001,72\n', 'MR7009', 'names of the columns'],
  ])('%s stops with a message', (_, text, errorCode, message) => {
    const folder = folderWith({ 'readings.csv': text });
    const { code, out, err } = millrace(['new', 'alarms', '--data', 'readings.csv'], { cwd: folder });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(errorCode);
    expect(err).toContain(message);
    expect(existsSync(join(folder, 'alarms'))).toBe(false);
  });

  test('a file that is not there, an empty one, a folder that is not empty', () => {
    const folder = folderWith({ 'empty.csv': '', 'readings.csv': SIMPLE });
    expect(millrace(['new', 'alarms', '--data', 'reading.csv'], { cwd: folder })).toMatchObject({
      code: 3,
      err: expect.stringContaining('did you mean "readings.csv"?'),
    });
    expect(millrace(['new', 'alarms', '--data', 'empty.csv'], { cwd: folder })).toMatchObject({
      code: 3,
      err: expect.stringContaining('MR5004'),
    });
    expect(millrace(['new', '.', '--data', 'readings.csv'], { cwd: folder })).toMatchObject({
      code: 2,
      err: expect.stringContaining('MR7006'),
    });
  });
});

const data = dataFolder();

describe.skipIf(data === null)('new --data on recorded series', () => {
  test.each([
    [
      'nab/data/realAWSCloudwatch/ec2_disk_write_bytes_1ef3de.csv',
      ['value:', 'time   timestamp as iso', 'tumbling 1h'],
    ],
    ['skab/other/1.csv', ['volume_flow_rate_rms: float = $["Volume Flow RateRMS"]', 'as iso', 'tumbling 1m']],
  ])('%s', (file, parts) => {
    const path = join(data!, file);
    const { rules, run } = tryIn(folderWith({}), path);
    for (const part of parts) expect(rules).toContain(part);
    expect(rules).not.toMatch(/when (anomaly|changepoint)/);
    expect(run.at(-1)).toMatchObject({ late: 0, rejected: 0 });
    expect(run.some(line => line.type === 'alert')).toBe(true);
  });
});
