import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFileConnector } from '../../connectors/file/index.ts';
import { createConnectors } from '../../connectors/index.ts';
import { createLogConnector } from '../../connectors/log/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import type { Position, Sink, SinkInput } from '../../engine/connector.ts';
import type { Disk } from '../../engine/disk.ts';
import { alertLine, isoTime, rejectedLine, rowLine } from '../../connectors/codecs/output-lines.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { FakeDisk } from '../simulation/fake-disk.ts';
import { FaultyDisk } from './journals.ts';
import { motorNode, openSource, readAll } from './sources.ts';

const disk = new NodeDisk();
const CHANGE = {
  rule: 'overheating',
  key: { device: 'm"1' },
  level: 'high',
  change: 'raised',
  timeUs: 1_372_896_000_000_001,
  id: 'a1',
  message: 'Motor is\nhot',
  values: { temp: 86.10000000000001, state: null, drift: -0, small: 5e-324, big: 1e21 },
} as const;
const ROW = { timeUs: 60_000_000, key: { device: 'm1' }, values: { avg: 0.1, until: null, name: 'a,"b"' } } as const;
const ALERTS: SinkInput = { kind: 'alerts', changes: [CHANGE] };
const ROWS: SinkInput = {
  kind: 'rows',
  batch: {
    stream: 'motor_1m',
    fields: [
      { name: 'device', type: 'symbol' },
      { name: 'avg', type: 'float' },
      { name: 'until', type: 'time' },
      { name: 'name', type: 'string' },
    ],
    length: 1,
    rows: [ROW],
  },
};

describe('output lines', () => {
  it('are those of the documentation', () => {
    expect(alertLine(CHANGE)).toBe(
      '{"type":"alert","rule":"overheating","key":{"device":"m\\"1"},"level":"high","change":"raised",' +
        '"time":"2013-07-04T00:00:00.000001Z","id":"a1","message":"Motor is\\nhot",' +
        '"values":{"temp":86.10000000000001,"state":null,"drift":-0,"small":5e-324,"big":1e+21}}',
    );
    expect(rowLine('motor_1m', ROW)).toBe(
      '{"type":"row","stream":"motor_1m","time":"1970-01-01T00:01:00.000Z","key":{"device":"m1"},' +
        '"values":{"avg":0.1,"until":null,"name":"a,\\"b\\""}}',
    );
    const rejection = {
      stream: 'motor',
      code: 'MR4001',
      reason: 'not JSON',
      raw: '{',
      arrivalUs: 0,
      eventTimeUs: null,
      key: null,
      identity: null,
      atIndex: 0,
    };
    expect(JSON.parse(rejectedLine(rejection))).toEqual({
      type: 'rejected',
      stream: 'motor',
      code: 'MR4001',
      reason: 'not JSON',
      raw: '{',
      time: '1970-01-01T00:00:00.000Z',
      event_time: null,
      key: null,
    });
  });

  it('read back exactly', () => {
    const { values } = JSON.parse(alertLine(CHANGE));
    for (const [name, value] of Object.entries(CHANGE.values)) expect(values[name]).toBe(value);
    expect(isoTime(Number.MAX_SAFE_INTEGER)).toBe('2255-06-05T23:47:34.740991Z');
  });
});

describe('the file sink', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-'));
  });
  const open = (address: string | null, position: Position | null = null, on: Disk = disk): Promise<Sink> =>
    createFileConnector(on).openSink!({ target: { connector: 'file', address, directory }, position });

  it('appends lines, and takes back what was written after a checkpoint', async () => {
    const sink = await open('out.ndjson');
    await sink.write(ALERTS);
    const position = await sink.position();
    await sink.write(ROWS);
    await sink.close();
    await sink.close();
    const text = await readFile(join(directory, 'out.ndjson'), 'utf8');
    expect(text.split('\n').map(line => line.slice(0, 14))).toEqual(['{"type":"alert', '{"type":"row",', '']);
    const restored = await open('out.ndjson', JSON.parse(JSON.stringify(position)));
    expect(await readFile(join(directory, 'out.ndjson'), 'utf8')).toBe(`${alertLine(CHANGE)}\n`);
    await restored.write(ROWS);
    await restored.close();
    expect(await readFile(join(directory, 'out.ndjson'), 'utf8')).toBe(text);
  });

  it('does not go on with a file that is not that of its checkpoint', async () => {
    const path = join(directory, 'out.ndjson');
    const sink = await open('out.ndjson');
    await sink.write(ALERTS);
    const position = await sink.position();
    await sink.close();
    const text = await readFile(path, 'utf8');
    for (const change of [
      () => rename(path, `${path}.1`), // put away
      () => writeFile(path, 'x'.repeat(2000)), // and another one in its place
      () => rename(`${path}.1`, path).then(() => truncate(path, 100)), // back again, and cut
    ]) {
      await change();
      const isThere = existsSync(path);
      await expect(open('out.ndjson', position)).rejects.toMatchObject({ code: 'MR5018' });
      expect(existsSync(path)).toBe(isThere);
    }
    await writeFile(path, `${text}more`);
    await (await open('out.ndjson', position)).close();
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('keeps through power cuts what a checkpoint knows', async () => {
    for (let run = 0; run < 30; run++) {
      const disk = new FakeDisk({ random: createRandom(`power cut ${run}`), step: async () => {} });
      await disk.makeFolder('/out');
      const connector = createFileConnector(disk);
      const target = { connector: 'file', address: 'out.ndjson', directory: '/out' };
      const sink = await connector.openSink!({ target, position: null });
      await sink.write(ALERTS);
      const position = await sink.position();
      await sink.write(ROWS);
      disk.crash();
      await (await connector.openSink!({ target, position })).close();
      const bytes = Buffer.alloc(Number(position!['bytes']) + 1);
      const length = await (await disk.open('/out/out.ndjson', 'read')).read(bytes, 0);
      expect(bytes.toString('utf8', 0, length)).toBe(`${alertLine(CHANGE)}\n`);
    }
  });

  it('takes back what it wrote of lines that did not fit, and writes them again', async () => {
    const disk = new FaultyDisk();
    const sink = await open('out.ndjson', null, disk);
    await sink.write(ALERTS);
    disk.fault = call => (call === 'write' ? 'ENOSPC' : null);
    await expect(sink.write(ROWS)).rejects.toMatchObject({ code: 'MR5012', retry: 'backoff' });
    expect(await readFile(join(directory, 'out.ndjson'), 'utf8')).toBe(`${alertLine(CHANGE)}\n`);
    disk.fault = () => null;
    await sink.write(ROWS);
    await sink.close();
    const text = `${alertLine(CHANGE)}\n${rowLine('motor_1m', ROW)}\n`;
    expect(await readFile(join(directory, 'out.ndjson'), 'utf8')).toBe(text);
  });

  it('is in no checkpoint after a sync that failed, whatever later ones say', async () => {
    const disk = new FaultyDisk();
    const sink = await open('out.ndjson', null, disk);
    await sink.write(ALERTS);
    disk.fault = call => (call === 'sync' ? 'EIO' : null);
    await expect(sink.position()).rejects.toMatchObject({ code: 'MR5012', retry: 'never' });
    disk.fault = () => null;
    for (const call of [() => sink.position(), () => sink.write(ALERTS), () => sink.close()]) {
      await expect(call()).rejects.toMatchObject({ code: 'MR5012' });
    }
  });

  it('writes CSV with a header, and refuses a file with another one', async () => {
    const sink = await open('out.csv');
    await sink.write(ROWS);
    await sink.write(ROWS);
    await sink.close();
    const line = '1970-01-01T00:01:00.000Z,m1,0.1,,"a,""b"""\n';
    expect(await readFile(join(directory, 'out.csv'), 'utf8')).toBe(`time,device,avg,until,name\n${line}${line}`);
    const other = await open('out.csv');
    await expect(other.write(ALERTS)).rejects.toMatchObject({ code: 'MR5017' });
    await other.close();
  });

  it('writes only whole lines behind lines of others', async () => {
    await appendFile(join(directory, 'out.ndjson'), 'mine\n');
    const sink = await open('out.ndjson');
    await sink.write({ kind: 'alerts', changes: [] });
    await sink.write(ALERTS);
    await sink.close();
    expect(await readFile(join(directory, 'out.ndjson'), 'utf8')).toBe(`mine\n${alertLine(CHANGE)}\n`);
  });

  it('says what is wrong with its address', async () => {
    await expect(open('no/such/folder.csv')).rejects.toMatchObject({ code: 'MR5012', hint: 'make its folder first' });
    await expect(open('.')).rejects.toMatchObject({ code: 'MR5012', hint: 'it is a folder: name a file in it' });
    await expect(open(null)).rejects.toMatchObject({ code: 'MR5012' });
  });
});

describe('the log sink', () => {
  it('writes a line each, for people or for programs', async () => {
    const lines: string[] = [];
    const target = { connector: 'log', address: null, directory: '.' };
    for (const isJson of [false, true]) {
      const sink = await createLogConnector({ write: text => lines.push(text), isJson }).openSink!({
        target,
        position: null,
      });
      await sink.write(ALERTS);
      await sink.write(ROWS);
      await sink.close();
    }
    expect(lines).toEqual([
      '2013-07-04T00:00:00.000001Z  high      raised   overheating  device=m"1  Motor is hot\n',
      '1970-01-01T00:01:00.000Z  motor_1m  device=m1 avg=0.1 until=null name=a,"b"\n',
      `${alertLine(CHANGE)}\n`,
      `${rowLine('motor_1m', ROW)}\n`,
    ]);
  });
});

describe('memory', () => {
  it('makes the one who pushes wait for the one who reads', async () => {
    const memory = new MemoryConnector({ capacity: 2 });
    const channel = memory.channel('motor.csv');
    const opened = await openSource(memory, motorNode());
    let isTaken = false;
    const pushed = channel.push([1, 2, 3, 4, 5].map(ts => ({ ts, device: 'm1', temp: ts }))).then(() => {
      isTaken = true;
      channel.end();
    });
    await new Promise(resolve => setTimeout(resolve, 20));
    expect([isTaken, channel.size]).toEqual([false, 2]);
    expect((await readAll(opened)).rows.map(row => row.temp)).toEqual([1, 2, 3, 4, 5]);
    await pushed;
  });

  it('keeps replayable events until they are acknowledged, and hands on arrivals and ticks', async () => {
    const memory = new MemoryConnector({ isReplayable: true, arrivalClock: 'recorded' });
    const channel = memory.channel('motor.csv');
    await channel.push([{ ts: 1, device: 'm1' }], { arrivalUs: 7000 });
    await channel.tick(8000);
    const { source } = await openSource(memory, motorNode());
    const { signal } = new AbortController();
    const read = await source.read({ maxEvents: 10, signal });
    expect(read.kind === 'batch' && [...read.batch.arrivalUs]).toEqual([7000]);
    expect(await source.read({ maxEvents: 10, signal })).toMatchObject({ kind: 'tick', arrivalUs: 8000 });
    expect(channel.size).toBe(2);
    await source.acknowledge(read.position);
    expect(channel.size).toBe(1);
    expect(await source.read({ maxEvents: 10, signal: AbortSignal.timeout(20) })).toMatchObject({
      kind: 'batch',
      batch: { length: 0 },
    });
  });

  it('collects what is routed to it', async () => {
    const memory = new MemoryConnector();
    const sink = await memory.openSink({
      target: { connector: 'memory', address: 'out', directory: '.' },
      position: null,
    });
    await sink.write(ALERTS);
    await sink.write(ROWS);
    expect(memory.channel('out').drain()).toEqual([ALERTS, ROWS]);
    expect(memory.channel('out').drain()).toEqual([]);
  });
});

describe('the table of connectors', () => {
  it('has them by name', () => {
    const memory = new MemoryConnector();
    const connectors = createConnectors({ disk, log: { write: () => {}, isJson: true }, memory });
    expect([...connectors.keys()]).toEqual(['file', 'log', 'memory', 'simulator']);
    expect(connectors.get('memory')).toBe(memory);
  });
});
