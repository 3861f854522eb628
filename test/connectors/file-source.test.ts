import { appendFile, chmod, mkdir, mkdtemp, rename, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { openFileSource } from '../../connectors/file/file-source.ts';
import { createFileConnector } from '../../connectors/file/index.ts';
import { inspectFile } from '../../connectors/file/format.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { MillraceError } from '../../engine/errors.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { field, motorNode, type OpenedSource, openSource, readAll, type ReadRow, rowsOf } from './sources.ts';

const fileConnector = createFileConnector(new NodeDisk());
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-'));
});

const path = (name: string): string => join(directory, name);

async function readFileAs(name: string, content: string | Buffer, node: Parameters<typeof motorNode>[0] = {}) {
  await writeFile(path(name), content);
  const opened = await openSource(fileConnector, motorNode({ address: name, directory, ...node }));
  const result = await readAll(opened);
  await opened.source.close();
  return result;
}

async function errorOf(
  name: string,
  content?: string | Buffer,
  node: Parameters<typeof motorNode>[0] = {},
): Promise<MillraceError> {
  if (content !== undefined) await writeFile(path(name), content);
  return openSource(fileConnector, motorNode({ address: name, directory, ...node }))
    .then(opened => readAll(opened))
    .then(
      () => expect.fail('no error'),
      error => error,
    );
}

describe('CSV', () => {
  it('finds the separator, and columns with blanks in their names', async () => {
    const content = 'ts; device ;Volume Flow RateRMS;"a;b"\n1;m1;32.0;x\n2;m2;;y\n';
    const fields = [
      field('device', 'symbol'),
      field('flow', 'float', { from: { kind: 'path', path: ['Volume Flow RateRMS'] } }),
    ];
    const { rows, rejected } = await readFileAs('pump.csv', content, { fields });
    expect(rejected).toEqual([]);
    expect(rows).toEqual([
      { timeUs: 1000, device: 'm1', flow: 32 },
      { timeUs: 2000, device: 'm2', flow: null },
    ]);
  });

  it('rejects what is wrong with a line, by number, and goes on', async () => {
    const lines: (string | Buffer)[] = [
      'ts,device,temp',
      '1,m1,20',
      '2,m1',
      '3,m1,20,30',
      '4,m1,"20" x',
      '5,m1,"never',
      '6,m1,hot',
      '',
      '7,"m\n1",21',
      '8,m1,NaN',
      Buffer.from('9,m\xff,20', 'latin1'),
      '292277026-12-04,m1,20',
      '10,,20',
      ',m1,20',
      '11,m1,22',
    ];
    const content = Buffer.concat(lines.flatMap(line => [Buffer.from(line), Buffer.from('\r\n')]));
    const { rows, rejected } = await readFileAs('bad.csv', content);
    expect(rows.map(row => row.timeUs)).toEqual([1000, 7000, 11_000]);
    expect(rejected.map(({ code, reason, raw }) => `${code} ${reason} | ${raw}`)).toEqual([
      'MR4004 2 cells, where the header has 3 columns separated by `,` (line 3) | 2,m1',
      'MR4004 4 cells, where the header has 3 columns separated by `,` (line 4) | 3,m1,20,30',
      'MR4005 quotes that do not match: one is never closed, or text stands behind a closing one (line 5) | 4,m1,"20" x',
      'MR4005 quotes that do not match: one is never closed, or text stands behind a closing one (line 6) | 5,m1,"never',
      'MR4010 temp is "hot", not a number (line 7) | 6,m1,hot',
      'MR4011 temp is "NaN": only finite numbers are taken (line 11) | 8,m1,NaN',
      'MR4002 not UTF-8 (line 12) | 9,m\ufffd,20',
      'MR4016 the time (ts) is "292277026-12-04", which does not read as ms; write `as iso` for it (line 13) | 292277026-12-04,m1,20',
      'MR4014 device, which is part of the key, is missing (line 14) | 10,,20',
      'MR4015 the time (ts) is missing (line 15) | ,m1,20',
    ]);
  });

  it('skips lines of 100 MB', async () => {
    const long = Buffer.alloc(100 * 1024 * 1024, 'x');
    const content = Buffer.concat([Buffer.from('ts,device,temp\n1,m1,20\n2,'), long, Buffer.from('\n3,m1,21\n')]);
    const { rows, rejected } = await readFileAs('long.csv', content);
    expect(rows.map(row => row.timeUs)).toEqual([1000, 3000]);
    expect(rejected).toEqual([{ code: 'MR4003', reason: 'longer than 16 MB (line 3)', raw: `2,${'x'.repeat(998)}` }]);
  });

  it('loses one line to a quote that is never closed, however long the file goes on', async () => {
    const content = `ts,device,temp\n1,"m1,20\n${'2,m1,20\n'.repeat(300_000)}`;
    const { rows, rejected } = await readFileAs('quote.csv', content);
    expect(rows).toHaveLength(300_000);
    expect(rejected.map(({ code }) => code)).toEqual(['MR4005']);
  });

  it('takes names of Object.prototype as names', async () => {
    const fields = [field('device', 'symbol'), field('__proto__', 'float'), field('constructor', 'float')];
    const content = 'ts,device,__proto__,constructor\n1,m1,2,3\n';
    const { rows } = await readFileAs('names.csv', content, { fields });
    expect(Object.entries(rows[0]!)).toEqual(expect.arrayContaining([['constructor', 3]]));
    expect(Object.getOwnPropertyDescriptor(rows[0], '__proto__')?.value).toBe(2);
  });

  it('fills in the default of a column that is not there, and reads fields of a subject from their own column', async () => {
    const fields = [
      field('device', 'symbol', { from: { kind: 'subject', token: 3 } }),
      field('q', 'quality', { default: 'good' }),
    ];
    const { rows } = await readFileAs('q.csv', 'device,ts\nm1,5\n', { fields });
    expect(rows).toEqual([{ timeUs: 5000, device: 'm1', q: 'good' }]);
  });
});

describe('NDJSON and JSON', () => {
  it('follow paths, and reject line by line', async () => {
    const fields = [
      field('device', 'symbol', { from: { kind: 'path', path: ['meta', 'ids', 1] } }),
      field('temp', 'float'),
      field('constructor', 'float'),
    ];
    const lines: (string | Buffer)[] = [
      '{"ts":1,"meta":{"ids":["x","m1"]},"temp":20.5}',
      '[{"ts":2,"meta":{"ids":["x","m2"]}},{"ts":3,"meta":{"ids":"m2"}},7]',
      '',
      '{"ts":4',
      '"x"',
      '{"ts":5,"meta":{"ids":["x","m3"]},"temp":"20"}',
      Buffer.from([0x22, 0xff, 0x22]),
      '{"ts":6,"meta":{"ids":["x","m4"]},"temp":null,"__proto__":{"temp":1}}',
    ];
    const content = Buffer.concat(lines.flatMap(line => [Buffer.from(line), Buffer.from('\n')]));
    const { rows, rejected } = await readFileAs('a.ndjson', content, { fields });
    expect(rows.map(({ timeUs, device, temp }) => [timeUs, device, temp])).toEqual([
      [1000, 'm1', 20.5],
      [2000, 'm2', null],
      [6000, 'm4', null],
    ]);
    expect(rejected.map(({ code, reason, raw }) => `${code} ${reason} | ${raw}`)).toEqual([
      'MR4014 device, which is part of the key, is missing (line 2) | {"ts":3,"meta":{"ids":"m2"}}',
      'MR4006 7, where an object is expected (line 2) | 7',
      expect.stringMatching(/^MR4001 not JSON: .* \(line 4\) \| \{"ts":4$/),
      'MR4006 "x", where an object is expected (line 5) | "x"',
      'MR4010 temp is "20", not a number; write `number($.…)` where numbers come as text (line 6) | {"ts":5,"meta":{"ids":["x","m3"]},"temp":"20"}',
      'MR4002 not UTF-8 (line 7) | "\ufffd"',
    ]);
  });

  it('keep nanoseconds whole', async () => {
    const time = { from: { kind: 'path', path: ['ts'] }, format: 'ns' } as const;
    const { rows } = await readFileAs(
      'ns.ndjson',
      '{"ts":1372896000123456789,"device":"a"}\n{"ts":"1372896000123457999","device":"a"}',
      { time },
    );
    expect(rows.map(row => row.timeUs)).toEqual([1_372_896_000_123_456, 1_372_896_000_123_457]);
  });

  it('read a document of one object, and one that is cut off', async () => {
    expect((await readFileAs('one.json', '{\n "ts": 1,\n "device": "m1", "temp": 2\n}\n')).rows).toHaveLength(1);
    const cut = await readFileAs('cut.json', '[{"ts":1,"device":"m1"},\n{"ts":2,"dev');
    expect(cut.rows).toHaveLength(1);
    expect(cut.rejected.map(({ code }) => code)).toEqual(['MR4001']);
  });

  it('skip items of more than 16 MB in a document', async () => {
    const long = JSON.stringify({ ts: 2, device: 'x'.repeat(20 * 1024 * 1024) });
    const { rows, rejected } = await readFileAs('long.json', `[{"ts":1,"device":"a"},${long},{"ts":3,"device":"b"}]`);
    expect(rows.map(row => row.timeUs)).toEqual([1000, 3000]);
    expect(rejected.map(({ code }) => code)).toEqual(['MR4003']);
  });
});

describe('errors', () => {
  it.each<[string, string, string | Buffer | undefined, Parameters<typeof motorNode>[0], RegExp, RegExp]>([
    ['missing', 'MR5001', undefined, {}, /there is no file "missing"/, /looked for/],
    ['empty.csv', 'MR5004', '', {}, /the input is empty/, /./],
    ['blank.csv', 'MR5004', '\n\n', {}, /the input is empty/, /./],
    [
      'columns.csv',
      'MR5005',
      'ts;Device;temperature\n',
      {},
      /there are no columns "device", "temp"; the columns are "ts", "Device", "temperature"/,
      /did you mean "Device" for "device"/,
    ],
    ['one.csv', 'MR5005', 'ts,device\n', {}, /there is no column "temp"; /, /default/],
    ['headless.csv', 'MR5005', '2013-07-04T00:00:00Z,m1,20\n', {}, /looks like data/, /"device", "temp"/],
    ['numbers.csv', 'MR5005', '1372896000;1;20,5\n', {}, /the first line looks like data/, /names of all columns/],
    ['sensors.csv', 'MR5005', 'ts,1,2,3\n', {}, /the columns are "ts", "1"/, /name the column/],
    ['comment.csv', 'MR5005', '# from logger 7\nts,device,temp\n', {}, /begins with `#`/, /grep -v/],
    [
      'latin1.csv',
      'MR5014',
      Buffer.from('ts,device,temp °C\n', 'latin1'),
      {},
      /not in UTF-8/,
      /save the file as UTF-8/,
    ],
    ['bare16.csv', 'MR5014', Buffer.from('ts,device,temp\n', 'utf16le'), {}, /but in UTF-16/, /save the file as UTF-8/],
    ['word.csv', 'MR5006', 'x', { codec: 'xml' }, /not read as xml/, /csv, tsv, ndjson/],
    ['plain.csv.gz', 'MR5007', 'ts,device,temp\n', {}, /not compressed/, /take away \.gz/],
    ['broken.csv.gz', 'MR5007', gzipSync('ts,device,temp\n1,m1,20\n').subarray(0, -12), {}, /breaks off/, /gzip -t/],
    ['no.parquet', 'MR5008', 'ts,device,temp\n1,m1,20\n', {}, /not a whole Parquet file/, /name its format/],
    ['timeless.csv', 'MR5009', 'ts,device,temp\n', { time: null }, /has no `time`/, /as iso/],
    ['utf16.csv', 'MR5014', Buffer.from('\ufeffts,device,temp\n', 'utf16le'), {}, /UTF-16/, /UTF-8/],
    ['binary.csv', 'MR5014', Buffer.from([1, 2, 0, 3, 10]), {}, /not a CSV header/, /CSV file/],
    ['twice.csv', 'MR5014', 'ts,device,temp,temp\n', {}, /two columns named "temp"/, /rename/],
    [
      'deep.csv',
      'MR5015',
      'ts,device,temp\n',
      { fields: [field('device', 'symbol', { from: { kind: 'path', path: ['a', 'b'] } })] },
      /\$\["a"\]\["b"\]/,
      /one level/,
    ],
    [
      'dotted.csv',
      'MR5015',
      'ts;device;pump_4.temp\n',
      { fields: [field('temp', 'float', { from: { kind: 'path', path: ['pump_4', 'temp'] } })] },
      /no column/,
      /write `\$\["pump_4\.temp"\]`/,
    ],
  ])('%s: %s', async (name, code, content, node, message, hint) => {
    const error = await errorOf(name, content, node);
    expect(error).toMatchObject({ name: 'MillraceError', code });
    expect(error.message).toMatch(message);
    if (error.hint !== undefined) expect(error.hint).toMatch(hint);
  });

  it('guess a file name, and know folders and permissions', async () => {
    await writeFile(path('readings.csv'), '');
    expect((await errorOf('reading.csv')).hint).toBe('did you mean "readings.csv"?');
    await mkdir(path('folder.csv'));
    expect((await errorOf('folder.csv')).code).toBe('MR5002');
    await writeFile(path('closed.csv'), '');
    await chmod(path('closed.csv'), 0);
    if (process.getuid!() !== 0) expect((await errorOf('closed.csv')).code).toBe('MR5003');
  });

  it('come after what could be read before them', async () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => `${index},m${index % 7},${Math.sin(index)}\n`);
    const packed = gzipSync(`ts,device,temp\n${rows.join('')}`);
    await writeFile(path('cut.csv.gz'), packed.subarray(0, packed.length / 2));
    const opened = await openSource(fileConnector, motorNode({ address: 'cut.csv.gz', directory }));
    const { signal } = new AbortController();
    let count = 0;
    const readOn = async (): Promise<never> => {
      for (;;) {
        const read = await opened.source.read({ maxEvents: 1_000_000, signal });
        if (read.kind === 'batch') count += read.batch.length;
      }
    };
    await expect(readOn()).rejects.toMatchObject({ code: 'MR5007' });
    expect(count).toBeGreaterThan(40_000);
    expect(count).toBeLessThan(100_000);
    await expect(opened.source.read({ maxEvents: 1, signal })).rejects.toMatchObject({ code: 'MR5007' });
    await opened.source.close();
  });

  it('refuse to read on in another file', async () => {
    await writeFile(path('a.csv'), 'ts,device,temp\n1,m1,20\n2,m1,20\n');
    const node = motorNode({ address: 'a.csv', directory });
    const { marks } = await readAll(await openSource(fileConnector, node));
    const { position } = marks[0]!;
    await writeFile(path('a.csv'), 'ts,device,temp\n9,m1,20\n2,m1,20\n');
    await expect(openSource(fileConnector, node, { position })).rejects.toMatchObject({ code: 'MR5010' });
  });
});

describe('a followed file', () => {
  /** Reads until `count` rows have come. */
  async function readRows({ source, names, symbols }: OpenedSource, count: number): Promise<ReadRow[]> {
    const rows: ReadRow[] = [];
    const signal = AbortSignal.timeout(5000);
    while (rows.length < count && !signal.aborted) {
      const read = await source.read({ maxEvents: 100, signal });
      if (read.kind === 'batch') rows.push(...rowsOf(read.batch, names, symbols));
    }
    return rows;
  }
  const times = (rows: ReadRow[]): number[] => rows.map(row => row.timeUs / 1000);
  const follow = (): Promise<OpenedSource> =>
    openSource(fileConnector, motorNode({ address: 'live.csv', directory }), { isFollowed: true });

  it('is read as it grows, whole lines only', async () => {
    await writeFile(path('live.csv'), '');
    const opened = await follow();
    const first = readRows(opened, 1);
    await appendFile(path('live.csv'), 'ts,device,temp\n1,m1,20\n2,m1');
    expect(times(await first)).toEqual([1]);
    await appendFile(path('live.csv'), ',21\n');
    expect(times(await readRows(opened, 1))).toEqual([2]);
    const empty = await opened.source.read({ maxEvents: 10, signal: AbortSignal.timeout(50) });
    expect(empty).toMatchObject({ kind: 'batch', batch: { length: 0 } });
    await opened.source.close();
  });

  it('may be cut, or replaced by a new one, with a header of its own', async () => {
    await writeFile(path('live.csv'), 'ts,device,temp\n1,m1,20\n');
    const opened = await follow();
    expect(times(await readRows(opened, 1))).toEqual([1]);
    await truncate(path('live.csv'));
    await appendFile(path('live.csv'), 'device,temp,ts\nm1,20,2\n');
    expect(times(await readRows(opened, 1))).toEqual([2]);
    await appendFile(path('live.csv'), 'm1,20,3');
    await rename(path('live.csv'), path('live.csv.1'));
    await writeFile(path('live.csv'), 'ts,device,temp\n4,m1,20\n');
    expect(times(await readRows(opened, 2))).toEqual([3, 4]);
    await opened.source.close();
  });

  it('is read on after a restart, or from its beginning where it is another file', async () => {
    await writeFile(path('live.csv'), 'ts,device,temp\n1,m1,20\n');
    const node = motorNode({ address: 'live.csv', directory });
    const opened = await follow();
    const read = await opened.source.read({ maxEvents: 10, signal: AbortSignal.timeout(1000) });
    await opened.source.close();
    await appendFile(path('live.csv'), '2,m1,20\n');
    const again = await openSource(fileConnector, node, { isFollowed: true, position: read.position });
    expect(times(await readRows(again, 1))).toEqual([2]);
    await again.source.close();
    await writeFile(path('live.csv'), 'ts,device,temp\n7,m1,20\n');
    const other = await openSource(fileConnector, node, { isFollowed: true, position: read.position });
    expect(times(await readRows(other, 1))).toEqual([7]);
    await other.source.close();
  });

  it('is no compressed one', async () => {
    await writeFile(path('live.csv'), gzipSync('ts,device,temp\n'));
    await expect(follow()).rejects.toMatchObject({ code: 'MR5011' });
  });
});

describe('standard input', () => {
  it('is NDJSON, handed over as it comes, with the time of arrival where there is no other', async () => {
    const stdin = new Readable({ read() {} });
    const node = motorNode({ address: '-', time: null });
    const symbols = new SymbolTable();
    const options = {
      source: node,
      directory: '.',
      builder: new BatchBuilder(node, symbols),
      position: null,
      speed: 'max',
      isFollowed: false,
      nowUs: () => 42,
    } as const;
    const source = await openFileSource(options, { ...(await inspectFile(options)), format: 'ndjson' }, stdin);
    stdin.push('{"device":"m1","temp":1}\n{"dev');
    const { signal } = new AbortController();
    const read = await source.read({ maxEvents: 10, signal });
    expect(read.kind === 'batch' && rowsOf(read.batch, ['device', 'temp'], symbols)).toEqual([
      { timeUs: 42, device: 'm1', temp: 1 },
    ]);
    const aborted = await source.read({ maxEvents: 10, signal: AbortSignal.timeout(20) });
    expect(aborted).toMatchObject({ kind: 'batch', batch: { length: 0 } });
    stdin.push('ice":"m2"}');
    stdin.push(null);
    expect((await readAll({ source, names: ['device', 'temp'], symbols })).rows).toEqual([
      { timeUs: 42, device: 'm2', temp: null },
    ]);
    await source.close();
  });

  it.each([
    [null, 'ndjson'],
    ['json', 'ndjson'],
    ['csv', 'csv'],
  ])('with the word %s is %s', async (codec, format) => {
    const source = motorNode({ address: '-', codec });
    expect(await inspectFile({ source, directory: '.' })).toMatchObject({ path: '-', format });
  });
});

describe('speed', () => {
  const content = `ts,device,temp\n${Array.from({ length: 30 }, (_, index) => `${index * 100},m1,20\n`).join('')}`;

  it('hands events over in their own time, by a factor, and waits for no single bad date', async () => {
    const bad = content.replace('1500,', '7999999999999,');
    await writeFile(path('a.csv'), bad);
    const opened = await openSource(fileConnector, motorNode({ address: 'a.csv', directory }), { speed: 10 });
    const start = performance.now();
    const { rows, marks } = await readAll(opened);
    const elapsedMs = performance.now() - start;
    expect(rows).toHaveLength(30);
    expect(marks.length).toBeGreaterThan(5);
    expect(elapsedMs).toBeGreaterThan(280); // 2.9 s at tenfold speed
    expect(elapsedMs).toBeLessThan(2900);
  });

  it('stops waiting when the signal aborts', async () => {
    await writeFile(path('a.csv'), content);
    const opened = await openSource(fileConnector, motorNode({ address: 'a.csv', directory }), { speed: 0.001 });
    const { rows } = await readAll(opened, { signal: AbortSignal.timeout(100) });
    expect(rows.length).toBeLessThan(5);
  });
});
