import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDuckDbConnector } from '../../../connectors/duckdb/index.ts';
import { runQuery } from '../../../connectors/duckdb/query.ts';
import { readScalar, type Scalar, SymbolTable } from '../../../engine/batch.ts';
import type { Position, Series, Sink, StoreRefusal } from '../../../engine/connector.ts';
import { describeStore } from '../conformance.ts';
import { inputOf, type PlainRow } from '../series-rows.ts';

vi.setConfig({ testTimeout: 60_000 });

const NOW_US = 1_750_000_000_000_000;
const DAY_US = 86_400e6;
const LIBRARY = join(import.meta.dirname, '../../../node_modules/@duckdb/node-api');
const symbols = new SymbolTable();
let directory: string;
let files = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-duckdb-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describeStore('DuckDB', () => {
  const path = newPath();
  return {
    nowUs: NOW_US,
    open: async series => (await open(path, series)).sink,
    find: async name => {
      const reader = await createDuckDbConnector({ path }).openReader!();
      const series = await reader.find(name);
      await reader.close();
      return series;
    },
    read: async function* (options) {
      const reader = await createDuckDbConnector({ path }).openReader!();
      yield* reader.read(options);
      await reader.close();
    },
  };
});

function newPath(): string {
  return join(directory, `store${files++}.duckdb`);
}

function derived(stream = 'motor_1m', keepUs: number | null = null): Series {
  return {
    stream,
    keepUs,
    key: [{ name: 'device', type: 'symbol' }],
    fields: [
      { name: 'temp', type: 'float' },
      { name: 'n', type: 'int' },
    ],
    kind: 'derived',
  };
}

function raw(stream = 'motor'): Series {
  return { ...derived(stream), kind: 'raw' };
}

type Opened = { readonly sink: Sink; readonly refusals: StoreRefusal[]; readonly notices: string[] };

async function open(path: string, series: Series, position: Position | null = null): Promise<Opened> {
  const refusals: StoreRefusal[] = [];
  const notices: string[] = [];
  const sink = await createDuckDbConnector({ path }).openStore!({
    series,
    position,
    nowUs: () => NOW_US,
    onRefused: refusal => refusals.push(refusal),
    onNotice: ({ code, message }) => notices.push(`${code} ${message}`),
  });
  return { sink, refusals, notices };
}

function rawRow(seq: number, temp: number | null = seq): PlainRow {
  return { timeUs: NOW_US + seq, key: ['m1'], values: [temp, seq], own: [NOW_US + seq, false, 'file a', seq, 0] };
}

function row(timeUs: number, values: readonly Scalar[], own: readonly Scalar[] = [0, false]): PlainRow {
  return { timeUs, key: ['m1'], values, own };
}

async function write({ sink }: Opened, series: Series, rows: readonly PlainRow[]): Promise<void> {
  await sink.write(inputOf(series, rows, symbols));
}

/** The column `temp` of all rows, in order. */
async function temps(path: string, name: string): Promise<Scalar[]> {
  const reader = await createDuckDbConnector({ path }).openReader!();
  const series = (await reader.find(name))!;
  const found: Scalar[] = [];
  for await (const page of reader.read({ series, symbols, fromUs: -1e15, toUs: NOW_US * 2, pageRows: 1_000 })) {
    for (let at = 0; at < page.length; at++) found.push(readScalar(page.columns[0]!, at, symbols));
  }
  await reader.close();
  return found;
}

async function rowsInTable(path: string, name: string): Promise<number> {
  const { pages, close } = await runQuery(path, `SELECT count(*) FROM series.${name}`);
  const { value } = await pages.next();
  await close();
  return Number(value![0]![0]);
}

describe('a run that goes on from a checkpoint', () => {
  it('takes back what was written behind it, and nothing else', async () => {
    const path = newPath();
    const [series, other] = [raw(), derived()];
    const before = await open(path, series);
    const beside = await open(path, other);
    await write(before, series, [rawRow(1), rawRow(2)]);
    await write(beside, other, [row(NOW_US, [1, 1])]);
    const position = await before.sink.position();
    await write(before, series, [rawRow(3, -3), rawRow(4, -4)]);
    await before.sink.close();
    await beside.sink.close();
    expect(await temps(path, 'motor')).toEqual([1, 2, -3, -4]);

    const after = await open(path, series, JSON.parse(JSON.stringify(position)));
    expect(await temps(path, 'motor')).toEqual([1, 2]);
    await write(after, series, [rawRow(3)]);
    await after.sink.close();
    expect(await temps(path, 'motor')).toEqual([1, 2, 3]);
    expect(await temps(path, 'motor_1m')).toEqual([1]);
    expect(after.notices).toEqual([]);
  });

  it('from an older one takes more back', async () => {
    const path = newPath();
    const first = await open(path, raw());
    const positions: Position[] = [];
    for (let seq = 1; seq <= 3; seq++) {
      await write(first, raw(), [rawRow(seq)]);
      positions.push((await first.sink.position())!);
    }
    await first.sink.close();
    for (const kept of [3, 2, 1]) {
      const again = await open(path, raw(), positions[kept - 1]!);
      await again.sink.close();
      expect(await temps(path, 'motor')).toEqual([1, 2, 3].slice(0, kept));
    }
  });

  it('has the revision of that until the next one comes again', async () => {
    const path = newPath();
    const series = derived();
    const first = await open(path, series);
    await write(first, series, [row(NOW_US, [1, 0], [1, false]), row(NOW_US + 1, [7, 0])]);
    await first.sink.position();
    await write(first, series, [row(NOW_US, [2, 0], [2, false])]);
    const older = await first.sink.position();
    await write(first, series, [row(NOW_US, [3, 0], [3, false])]);
    const position = await first.sink.position();
    await write(first, series, [row(NOW_US, [4, 0], [4, true])]);
    await write(first, series, [row(NOW_US, [5, 0], [5, false]), row(NOW_US + 1, [8, 0])]);
    await first.sink.close();
    expect(await temps(path, series.stream)).toEqual([5, 8]);

    for (const [kept, revision] of [
      [position, 3],
      [older, 2],
    ] as const) {
      const again = await open(path, series, kept);
      expect(await temps(path, series.stream)).toEqual([revision, 7]);
      await write(again, series, [row(NOW_US, [6, 0], [6, false])]);
      expect(await temps(path, series.stream)).toEqual([6, 7]);
      await again.sink.close();
    }
  });

  it('keeps what was replaced until no checkpoint needs it', async () => {
    const path = newPath();
    const series = derived();
    const opened = await open(path, series);
    for (let revision = 0; revision < 5; revision++) {
      await write(opened, series, [row(NOW_US, [revision, 0], [revision, false])]);
      await opened.sink.position();
    }
    for (const left of [2, 1, 1]) {
      await opened.sink.position();
      expect(await rowsInTable(path, series.stream)).toBe(left);
    }
    await opened.sink.close();
  });

  it('leaves alone what a run without state wrote meanwhile', async () => {
    const path = newPath();
    const first = await open(path, raw());
    await write(first, raw(), [rawRow(1)]);
    const position = await first.sink.position();
    await first.sink.close();
    const other = await open(path, raw());
    await write(other, raw(), [rawRow(1, -1), rawRow(2, -2), rawRow(9, -9)]);
    await other.sink.close();
    const again = await open(path, raw(), position);
    expect(await temps(path, 'motor')).toEqual([-1, -2, -9]);
    await write(again, raw(), [rawRow(2), rawRow(3)]);
    await again.sink.close();
    expect(await temps(path, 'motor')).toEqual([-1, 2, 3, -9]);
  });

  it.each([
    ['removed', (path: string) => rmSync(path)],
    ['put back from a backup', (path: string) => renameSync(`${path}.backup`, path)],
  ])('is told where the file was %s', async (_, change) => {
    const path = newPath();
    const first = await open(path, raw());
    await write(first, raw(), [rawRow(1)]);
    await first.sink.position();
    await first.sink.close();
    spawnSync('cp', [path, `${path}.backup`]);
    const second = await open(path, raw());
    await write(second, raw(), [rawRow(1), rawRow(2)]);
    const position = await second.sink.position();
    await second.sink.close();
    change(path);
    const again = await open(path, raw(), position);
    expect(again.notices).toEqual([expect.stringMatching(/^MR5306 motor in .* is not as the kept state left it/)]);
    await write(again, raw(), [rawRow(3)]);
    const { file } = (await again.sink.position())!;
    await again.sink.close();
    expect((await temps(path, 'motor')).at(-1)).toBe(3);
    const last = await open(path, raw());
    expect((await last.sink.position())!['file']).toBe(file);
    await last.sink.close();
  });

  it('ends where the file is not there any more while it runs', async () => {
    const path = newPath();
    const opened = await open(path, raw());
    await write(opened, raw(), [rawRow(1)]);
    rmSync(path);
    await expect(opened.sink.position()).rejects.toMatchObject({ code: 'MR5310', retry: 'never' });
    await opened.sink.close();
  });
});

describe('rows that come again', () => {
  it('take the place of those of an earlier run, by their identity', async () => {
    const path = newPath();
    for (const run of [1, 2]) {
      const opened = await open(path, raw());
      await write(opened, raw(), [rawRow(1, run), rawRow(2, run)]);
      await write(opened, raw(), [rawRow(2 + run, run)]);
      await opened.sink.close();
    }
    expect(await temps(path, 'motor')).toEqual([2, 2, 1, 2]);
  });

  it('are found among very many, in any order of time', async () => {
    const path = newPath();
    const series = derived();
    const count = 5_000;
    const rows = (revision: number) =>
      Array.from({ length: count }, (_, n) => ({
        timeUs: NOW_US + ((n * 7_919) % count),
        key: [`a device with a name of some length ${n % 3}`],
        values: [revision, n],
        own: [revision, false],
      }));
    const opened = await open(path, series);
    for (let revision = 0; revision < 3; revision++) {
      await write(opened, series, rows(revision));
      expect(await temps(path, series.stream)).toEqual(new Array(count).fill(revision));
    }
    await opened.sink.close();
  });

  it('of one write: the highest revision stays', async () => {
    const path = newPath();
    const series = derived();
    const opened = await open(path, series);
    await write(opened, series, [row(NOW_US, [2, 0], [2, false]), row(NOW_US, [1, 0], [1, false])]);
    await opened.sink.close();
    expect(await temps(path, series.stream)).toEqual([2]);
  });
});

describe('a series that changes', () => {
  it('has new columns, null in older rows; and those it has no more, null in newer ones', async () => {
    const path = newPath();
    const before = await open(path, raw());
    await write(before, raw(), [rawRow(1)]);
    await before.sink.close();
    const changed: Series = {
      ...raw(),
      fields: [
        { name: 'temp', type: 'float' },
        { name: 'note', type: 'string' },
      ],
    };
    const after = await open(path, changed);
    await write(after, changed, [{ ...rawRow(2), values: [2, 'a long text for a note'] }]);
    await after.sink.close();
    const both: Series = { ...raw(), fields: [...raw().fields, { name: 'note', type: 'string' }] };
    const opened = await open(path, both);
    const reader = await createDuckDbConnector({ path }).openReader!();
    const values: Scalar[][] = [];
    for await (const page of reader.read({ series: both, symbols, fromUs: 0, toUs: NOW_US * 2, pageRows: 10 })) {
      for (const at of [0, 1]) values.push(page.columns.map(column => readScalar(column, at, symbols)));
    }
    expect(values).toEqual([
      [1, 1, null],
      [2, null, 'a long text for a note'],
    ]);
    await reader.close();
    await opened.sink.close();
  });

  it.each([
    [
      'a type',
      {
        fields: [
          { name: 'temp', type: 'string' },
          { name: 'n', type: 'int' },
        ],
      },
      /temp is DOUBLE/,
    ],
    ['a key', { key: [{ name: 'motor', type: 'symbol' }] }, /known by motor, which it lacks/],
  ] as const)('is refused where %s does', async (_, change, message) => {
    const path = newPath();
    const before = await open(path, raw());
    await write(before, raw(), [rawRow(1)]);
    await before.sink.close();
    const refused = { code: 'MR5303', message: expect.stringMatching(message) };
    await expect(open(path, { ...raw(), ...change })).rejects.toMatchObject(refused);
    expect(await temps(path, 'motor')).toEqual([1]);
  });

  it('is refused where names differ in case only', async () => {
    const path = newPath();
    const opened = await open(path, raw('motor'));
    for (const name of ['Motor', 'MOTOR', 'motor']) {
      await expect(open(path, raw(name))).rejects.toMatchObject({ code: 'MR5304' });
    }
    const fields: Series['fields'] = [{ name: 'Device', type: 'float' }];
    await expect(open(path, { ...raw('other'), fields })).rejects.toMatchObject({ code: 'MR5304' });
    await opened.sink.close();
  });
});

describe('a row without a place', () => {
  it('is refused, and the others are kept', async () => {
    const path = newPath();
    const opened = await open(path, raw());
    const half = { ...rawRow(3), key: ['\ud800'] };
    const fraction = { ...rawRow(4), timeUs: NOW_US + 0.5 };
    const large = { ...rawRow(5), values: [5, 2 ** 63] };
    await write(opened, raw(), [rawRow(1), half, fraction, large, rawRow(2)]);
    await write(opened, raw(), [{ ...rawRow(6), values: [Number.NaN, 2 ** 62] }, fraction]);
    await opened.sink.close();
    expect(opened.refusals.map(({ code, count }) => [code, count])).toEqual([
      ['MR5309', 1],
      ['MR5309', 1],
      ['MR5308', 1],
      ['MR5308', 1],
    ]);
    expect(await temps(path, 'motor')).toEqual([1, 2, null]);
  });
});

describe('a series that is kept for a while', () => {
  it('loses what is older than that before its newest row, in whole stretches', async () => {
    const path = newPath();
    const series = derived('kept', 10 * DAY_US);
    const opened = await open(path, series);
    const days = Array.from({ length: 40 }, (_, day) => day);
    for (const day of days) await write(opened, series, [row(day * DAY_US + 5, [day, 0]), row(day * DAY_US, [day, 1])]);
    await opened.sink.close();
    expect(await temps(path, 'kept')).toEqual(days.slice(29).flatMap(day => [day, day]));
    const again = await open(path, derived('kept', 20 * DAY_US));
    await write(again, series, [row(5 * DAY_US, [5, 0]), row(40 * DAY_US, [40, 0])]);
    await again.sink.close();
    expect(again.refusals).toEqual([expect.objectContaining({ code: 'MR5307', count: 1, firstTimeUs: 5 * DAY_US })]);
    expect((await temps(path, 'kept')).length).toBe(23);
  });
});

describe('a file', () => {
  it('is held by one process, and the other is told who', async () => {
    const path = newPath();
    const script = `require(${JSON.stringify(LIBRARY)}).DuckDBInstance.create(${JSON.stringify(path)})
      .then(instance => { globalThis.instance = instance; console.log('open'); setInterval(() => {}, 1000); })`;
    const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    const inUse = { code: 'MR5301', message: expect.stringContaining(`process ${holder.pid}`) };
    await expect(open(path, raw())).rejects.toMatchObject(inUse);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const opened = await open(path, raw());
    await opened.sink.close();
  });

  it('that another process writes is read as a copy, which is gone afterwards', async () => {
    const path = newPath();
    const before = await open(path, raw());
    await write(before, raw(), [rawRow(1), rawRow(2)]);
    await before.sink.close();
    const script = `const { DuckDBInstance } = require(${JSON.stringify(LIBRARY)});
      (async () => {
        const instance = await DuckDBInstance.create(${JSON.stringify(path)});
        const connection = await instance.connect();
        await connection.run('DELETE FROM series.motor WHERE seq = 1');
        console.log('deleted');
        setInterval(() => connection, 1000);
      })()`;
    const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    expect(await temps(path, 'motor')).toEqual([2]);
    expect(readdirSync(directory).filter(name => name.includes('.copy-'))).toEqual([]);
  });

  it('that is none of DuckDB, or has no folder, is refused and left as it is', async () => {
    const path = newPath();
    writeFileSync(path, 'something else, of some length, so that it is no empty file');
    await expect(open(path, raw())).rejects.toMatchObject({ code: 'MR5302' });
    await expect(open(join(path, 'store.duckdb'), raw())).rejects.toMatchObject({ code: 'MR5302' });
    for (const name of ['series', 'Millrace', 'main']) {
      const named = open(join(directory, `${name}.duckdb`), raw());
      await expect(named).rejects.toMatchObject({ code: 'MR5302', message: expect.stringContaining('schema') });
    }
    await expect(createDuckDbConnector({ path: newPath() }).openReader!()).rejects.toMatchObject({ code: 'MR5302' });
    expect(statSync(path).size).toBe(59);
  });
});
