import { mkdtemp, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createQuestDbConnector } from '../../../connectors/questdb/index.ts';
import { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { readSeries } from '../../../connectors/questdb/read-series.ts';
import { applyTables, planTables } from '../../../connectors/questdb/tables.ts';
import { readScalar, type Scalar, SymbolTable } from '../../../engine/batch.ts';
import type { Position, Series, Sink, StoreOptions, StoreRefusal } from '../../../engine/connector.ts';
import { type QuestDbServer, startQuestDb } from './questdb-server.ts';
import { describeStore } from '../conformance.ts';
import { inputOf, type PlainRow } from '../series-rows.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // a server starts in seconds, or in many

const DAY_US = 86_400e6;
const NOW_US = Date.now() * 1_000;
const symbols = new SymbolTable();
let directory: string;
let server: QuestDbServer;
let client: QuestDbClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-questdb-'));
  server = await startQuestDb({ directory, config: { 'dev.mode.enabled': 'true' } });
  client = new QuestDbClient({ url: server.url });
});

afterAll(async () => {
  await client.close();
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

function derived(stream: string, keepUs: number | null = null): Series {
  return {
    stream,
    keepUs,
    key: [{ name: 'device', type: 'symbol' }],
    fields: [
      { name: 'temp', type: 'float' },
      { name: 'n', type: 'int' },
      { name: 'hot', type: 'bool' },
    ],
    kind: 'derived',
  };
}

type Opened = { sink: Sink; refusals: StoreRefusal[]; notices: string[] };

async function open(
  series: Series,
  {
    url = server.url,
    position = null,
    ...settings
  }: { url?: string; position?: Position | null; retryMs?: number; maxRequestBytes?: number; timeoutMs?: number } = {},
): Promise<Opened> {
  const refusals: StoreRefusal[] = [];
  const notices: string[] = [];
  const options: StoreOptions = {
    series,
    position,
    nowUs: () => NOW_US,
    onRefused: refusal => refusals.push(refusal),
    onNotice: ({ code }) => notices.push(code),
  };
  const sink = await createQuestDbConnector({ url, ...settings }).openStore!(options);
  return { sink, refusals, notices };
}

function rows(count: number, temp = 1, firstUs = NOW_US - 1e6): PlainRow[] {
  return Array.from({ length: count }, (_, index) => ({
    timeUs: firstUs + index,
    key: [`m${index % 7}`],
    values: [temp, index, index % 2 === 0],
  }));
}

/** Of a table whose rows are all applied. */
async function count(table: string): Promise<number> {
  await applied(table);
  return Number((await client.query(`SELECT count() FROM "${table}"`))[0]![0]);
}

async function applied(table: string): Promise<void> {
  for (;;) {
    const [row] = await client.query(`SELECT writerTxn, sequencerTxn FROM wal_tables() WHERE name = '${table}'`);
    if (row![0] === row![1]) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

async function readAll(series: Series, options: { pageRows?: number; keys?: Scalar[][] } = {}): Promise<unknown[]> {
  await applied(series.stream);
  const { pageRows = 1_000, ...rest } = options;
  const read: unknown[] = [];
  for await (const page of readSeries({
    client,
    series,
    symbols,
    fromUs: 0,
    toUs: NOW_US + DAY_US,
    pageRows,
    ...rest,
  })) {
    for (let row = 0; row < page.length; row++) {
      const values = [...page.key, ...page.columns, ...page.own!].map(column => readScalar(column, row, symbols));
      read.push([page.timeUs[row], ...values]);
    }
  }
  return read;
}

describeStore('QuestDB', () => ({
  nowUs: NOW_US,
  open: async series => (await open(series, { maxRequestBytes: 20_000 })).sink,
  find: async name => {
    const reader = await createQuestDbConnector({ url: server.url }).openReader!();
    const series = await reader.find(name);
    await reader.close();
    return series;
  },
  read: async function* (options) {
    await applied(options.series.stream);
    const reader = await createQuestDbConnector({ url: server.url }).openReader!();
    yield* reader.read(options);
    await reader.close();
  },
}));

describe('a store', () => {
  it('refuses rows older than they are kept and rows before 1970, and counts them; the others are kept', async () => {
    const series = derived('kept', 2 * DAY_US);
    const { sink, refusals } = await open(series);
    const at = (timeUs: number) => rows(1, 1, timeUs)[0]!;
    await sink.write(
      inputOf(series, [at(-5), at(NOW_US - 2 * DAY_US - 1), at(NOW_US - 5 * DAY_US), at(NOW_US - 1e6)], symbols),
    );
    expect(refusals.map(({ code, count: refused, firstTimeUs }) => [code, refused, firstTimeUs])).toEqual([
      ['MR5208', 1, -5],
      ['MR5207', 2, NOW_US - 2 * DAY_US - 1],
    ]);
    expect(await count('kept')).toBe(1);
    await sink.close();
  });
});

describe('a table that changes under way', () => {
  it.each([
    ['dropped', async () => {}],
    ['dropped and made anew', async (series: Series) => void (await (await open(series)).sink.close())],
  ])(
    'is noticed at the checkpoint: %s; the run that goes on from the last one has all rows since',
    async (_, between) => {
      const series = derived(`lost ${between.length}`);
      const { sink } = await open(series);
      await sink.write(inputOf(series, rows(5, 1, NOW_US), symbols));
      const position = await sink.position();
      await client.query(`DROP TABLE "${series.stream}"`);
      await between(series);
      // The connection still has the old table's writer: QuestDB may acknowledge what goes nowhere.
      const later = inputOf(series, rows(5, 2, NOW_US + 100), symbols);
      const written = await sink.write(later).then(
        () => 'acknowledged',
        error => error.code,
      );
      expect(['acknowledged', 'MR5205']).toContain(written);
      await expect(sink.position()).rejects.toMatchObject({ code: 'MR5205', retry: 'never' });
      await expect(sink.write(later)).rejects.toMatchObject({ code: 'MR5205' });
      await sink.close();

      const again = await open(series, { position });
      expect(again.notices).toEqual(['MR5213']);
      await again.sink.write(later);
      await again.sink.position();
      expect(await count(series.stream)).toBe(5);
      await again.sink.close();
    },
  );

  it('is acknowledged by QuestDB where it was dropped: the trap, without us', async () => {
    const create = 'CREATE TABLE trap (time TIMESTAMP, n LONG) TIMESTAMP(time) PARTITION BY DAY WAL';
    await client.query(create);
    const connection = new Pool(server.url, { connections: 1 });
    const write = async () => {
      const request = { method: 'POST', path: '/write?precision=u', body: `trap n=1i ${NOW_US}t\n` } as const;
      const { statusCode, body } = await connection.request(request);
      await body.dump();
      return statusCode;
    };
    expect(await write()).toBe(204);
    await client.query('DROP TABLE trap');
    await client.query(create);
    expect(await write()).toBe(204); // of the old table's writer
    expect(await count('trap')).toBe(0); // should this be 1 one day, the trap is gone
    await connection.destroy();
  });

  it('is the same after a restart of the server', async () => {
    const series = derived('restarted');
    const { sink, notices } = await open(series);
    await sink.write(inputOf(series, rows(5), symbols));
    const position = await sink.position();
    await server.restart();
    await sink.write(inputOf(series, rows(9), symbols));
    expect(await sink.position()).toMatchObject({ table: 'restarted', id: position!['id'] });
    expect(await count('restarted')).toBe(9);
    await sink.close();
    expect(notices).toEqual([]);
    const again = await open(series, { position });
    expect(again.notices).toEqual([]);
    await again.sink.close();
  });

  it('waits where QuestDB has suspended it, and goes on', async () => {
    const series = derived('suspended');
    const { sink } = await open(series);
    await sink.write(inputOf(series, rows(5), symbols));
    await applied('suspended');
    await client.query("ALTER TABLE suspended SUSPEND WAL WITH 'DISK FULL', 'no space left'");
    await expect(sink.position()).rejects.toMatchObject({
      code: 'MR5206',
      retry: 'backoff',
      message: expect.stringContaining('no space left'),
    });
    await expect(sink.write(inputOf(series, rows(7), symbols))).rejects.toMatchObject({
      code: 'MR5206',
      retry: 'backoff',
    });
    await client.query('ALTER TABLE suspended RESUME WAL');
    await sink.write(inputOf(series, rows(7), symbols));
    await sink.position();
    await sink.close();
  });
});

describe('a server that is away', () => {
  it('is waited for, and nothing is lost or doubled', async () => {
    const series = derived('away');
    const { sink } = await open(series, { retryMs: 200 });
    await sink.write(inputOf(series, rows(5), symbols));
    await server.kill();
    const input = inputOf(series, rows(2_000, 2), symbols);
    await expect(sink.write(input)).rejects.toMatchObject({ code: 'MR5200', retry: 'backoff' });
    await server.restart();
    await sink.write(input);
    await sink.position();
    expect(await count('away')).toBe(2_000);
    await sink.close();
  });

  it('may lose an answer: the same bytes are sent again', async () => {
    const series = derived('answers');
    const proxy = await cuttingProxy(Number(new URL(server.url).port));
    const { sink } = await open(series, { url: proxy.url, maxRequestBytes: 20_000 });
    proxy.cutAnswers(3);
    await Promise.all([1, 2, 3].map(temp => sink.write(inputOf(series, rows(1_000, temp), symbols))));
    expect(proxy.cut()).toBe(3);
    const read = (await readAll(series)) as number[][];
    expect(read.length).toBe(1_000);
    expect(read.every(row => row[2] === 3)).toBe(true);
    await sink.close();
    proxy.close();
  });

  it('fails the writes behind one that fails, so that they are repeated in order', async () => {
    const series = derived('behind');
    const proxy = await cuttingProxy(Number(new URL(server.url).port));
    const { sink } = await open(series, { url: proxy.url, maxRequestBytes: 20_000, retryMs: 0 });
    const inputs = Array.from({ length: 8 }, (_, n) => inputOf(series, rows(1_000, n), symbols));
    for (let round = 0; round < 5; round++) {
      proxy.cutAnswers(1);
      const settled = await Promise.allSettled(inputs.map(input => sink.write(input)));
      const firstFailed = settled.findIndex(({ status }) => status === 'rejected');
      expect(settled.slice(firstFailed).every(({ status }) => status === 'rejected')).toBe(true);
      expect(firstFailed).toBe(0);
      await Promise.all(inputs.slice(firstFailed).map(input => sink.write(input)));
      const read = (await readAll(series)) as number[][];
      expect(read.length).toBe(1_000);
      expect(read.every(row => row[2] === 7)).toBe(true);
    }
    await sink.close();
    proxy.close();
  });

  it('has what it acknowledged after it was killed', async () => {
    const series = derived('killed');
    const { sink } = await open(series);
    await sink.write(inputOf(series, rows(20_000), symbols));
    await server.kill();
    await server.restart();
    await sink.position();
    expect(await count('killed')).toBe(20_000);
    await sink.close();
  });

  it('may come back with other data: that is found before rows go out', async () => {
    const series = derived('other data');
    const { sink } = await open(series);
    for (let n = 0; n < 3; n++) await sink.write(inputOf(series, rows(5, n), symbols));
    await sink.position();
    const idOf = async (table: string) => {
      const [row] = await client.query(`SELECT id FROM tables() WHERE table_name = '${table}'`);
      return Number(row?.[0]);
    };
    const id = await idOf('other data');
    await server.kill();
    await rename(join(directory, 'db'), join(directory, 'db-before'));
    await server.restart();
    // Tables are numbered from the first again: it comes to have the number that it had.
    const create = async () => await applyTables(client, await planTables(client, [series]));
    await create();
    const left = id - (await idOf('other data')) - 1;
    if (left >= 0) {
      await client.query('DROP TABLE "other data"');
      for (let n = 0; n < left; n++) await client.query(`CREATE TABLE filler${n} (n INT)`);
      await create();
    }
    expect(await idOf('other data')).toBe(id);
    await expect(sink.write(inputOf(series, rows(5), symbols))).rejects.toMatchObject({ code: 'MR5205' });
    await sink.close();
    await server.kill();
    await rm(join(directory, 'db'), { recursive: true });
    await rename(join(directory, 'db-before'), join(directory, 'db'));
    await server.restart();
  });

  it('is told apart from one that refuses', async () => {
    await expect(open(derived('x'), { url: 'http://127.0.0.1:1', retryMs: 0 })).rejects.toMatchObject({
      code: 'MR5200',
    });
  });
});

/** Passes bytes on; drops connections when the server answers 204, as often as it is told to. */
async function cuttingProxy(port: number) {
  let toCut = 0;
  let cut = 0;
  const sockets = new Set<Socket>();
  const proxy: Server = createServer(inner => {
    const outer = connect(port, '127.0.0.1');
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    inner.pipe(outer);
    outer.on('data', chunk => {
      if (toCut > 0 && chunk.toString('latin1').startsWith('HTTP/1.1 204')) {
        toCut--;
        cut++;
        inner.destroy();
        outer.destroy();
      } else inner.write(chunk);
    });
    outer.on('close', () => inner.destroy());
    inner.on('close', () => outer.destroy());
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address() as { port: number }; // as: a TCP server's
  return {
    url: `http://127.0.0.1:${address.port}`,
    cutAnswers: (times: number) => {
      toCut = times;
    },
    cut: () => cut,
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}
