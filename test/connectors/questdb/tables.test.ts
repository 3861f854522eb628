import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { partitionUnit, timeToLive } from '../../../connectors/questdb/partitions.ts';
import { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { SQL_TYPES } from '../../../connectors/questdb/table-columns.ts';
import { applyTables, planTables } from '../../../connectors/questdb/tables.ts';
import type { Field, SeriesKind, ValueType } from '../../../dsl/plan.ts';
import type { Series } from '../../../engine/connector.ts';
import { type QuestDbServer, startQuestDb } from './questdb-server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // a server starts in seconds, or in many

const DAY_US = 86_400e6;
const ALL_TYPES = Object.keys(SQL_TYPES) as ValueType[]; // as: its keys are these

describe('partitions', () => {
  it.each([
    [DAY_US / 24, 'HOUR', 1],
    [1.5 * DAY_US, 'HOUR', 36],
    [7 * DAY_US, 'DAY', 7],
    [30.2 * DAY_US, 'DAY', 31],
    [365 * DAY_US, 'WEEK', 53],
    [5 * 365 * DAY_US, 'MONTH', 60],
    [3 * 365 * DAY_US + 1, 'MONTH', 37],
    [758 * DAY_US, 'MONTH', 25],
  ] as const)('of %d µs: by %s, %d of them', (keepUs, unit, count) => {
    expect(partitionUnit({ keepUs, kind: 'raw' })).toBe(unit);
    expect(timeToLive(keepUs, unit)).toEqual({ count, unit });
  });

  it('hold at least what is kept, from any day on, and not a unit more than need be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 0, max: 20_000 }), (days, today) => {
        const { count } = timeToLive(days * DAY_US, 'MONTH');
        const start = new Date(today * DAY_US * 1e-3);
        const end = new Date(start);
        end.setUTCDate(1);
        end.setUTCMonth(start.getUTCMonth() + count);
        const begin = new Date(start);
        begin.setUTCDate(1);
        const heldDays = (end.getTime() - begin.getTime()) / 86_400_000;
        expect(heldDays).toBeGreaterThanOrEqual(days);
        expect(heldDays - days).toBeLessThan(31 + 4 + Math.ceil(days / 1_400));
      }),
    );
  });

  it('are at most about a hundred, and few', () => {
    for (let days = 1; days < 4_000; days++) {
      const keepUs = days * DAY_US;
      const { count } = timeToLive(keepUs, partitionUnit({ keepUs, kind: 'derived' }));
      expect(count).toBeGreaterThanOrEqual(3);
      expect(count).toBeLessThanOrEqual(135);
    }
  });
});

describe('tables', () => {
  let directory: string;
  let server: QuestDbServer;
  let client: QuestDbClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-questdb-'));
    server = await startQuestDb({ directory });
    client = new QuestDbClient({ url: server.url });
  });

  afterAll(async () => {
    await client.close();
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  function series(stream: string, fields: readonly Field[], options: Partial<Series> = {}): Series {
    return {
      stream,
      keepUs: 7 * DAY_US,
      key: [{ name: 'device', type: 'symbol' }],
      fields,
      kind: 'derived',
      ...options,
    };
  }

  async function what(...wanted: Series[]): Promise<string[]> {
    return (await planTables(client, wanted)).map(change => change.what);
  }

  it('are planned, made once, and then as they should be', async () => {
    const fields = ALL_TYPES.map(type => ({ name: `a ${type}`, type }));
    const wanted = [
      series('derived', fields),
      series('raw', fields, { kind: 'raw' }),
      series('for ever', fields, { keepUs: null }),
    ];
    expect(await what(...wanted)).toEqual([
      'create it, by day, kept for 7 days',
      'create it, by day, kept for 7 days',
      'create it, by month, kept for ever',
    ]);
    expect(await client.query('SELECT table_name FROM tables()')).toEqual([]); // a plan changes nothing
    const changes = await planTables(client, wanted);
    await applyTables(client, changes);
    await applyTables(client, changes); // as another process may
    expect(await what(...wanted)).toEqual([]);
    const ddl = String((await client.query('SHOW CREATE TABLE raw'))[0]![0]);
    expect(ddl).toContain('TTL 1 WEEK');
    expect(ddl).toContain('DEDUP UPSERT KEYS(time,device,source,seq,item)');
  });

  it('get columns that were added, and another bound on their age', async () => {
    const before = series('grown', [{ name: 'a', type: 'float' }]);
    await applyTables(client, await planTables(client, [before]));
    const after = series('grown', [...before.fields, { name: 'b', type: 'bool' }, { name: 'c', type: 'symbol' }], {
      keepUs: 9 * DAY_US,
    });
    expect(await what(after)).toEqual([
      'add the column b (INT)',
      'add the column c (SYMBOL)',
      'keep it for 9 days; it was 1 week(s)',
    ]);
    await applyTables(client, await planTables(client, [after]));
    expect(await what(after)).toEqual([]);
    expect(await what(before)).toEqual(['keep it for 7 days; it was 9 day(s)']); // columns stay
    await applyTables(client, await planTables(client, [{ ...after, keepUs: null }]));
    expect(await what({ ...after, keepUs: null })).toEqual([]);
  });

  it('are refused where a type, the key or the sort is another', async () => {
    await applyTables(client, await planTables(client, [series('shaped', [{ name: 'a', type: 'float' }])]));
    const refused = (wanted: Series) => expect(planTables(client, [wanted])).rejects.toMatchObject({ code: 'MR5203' });
    await refused(series('shaped', [{ name: 'a', type: 'string' }]));
    await refused(series('shaped', [{ name: 'A', type: 'int' }]));
    await refused(series('shaped', [], { key: [{ name: 'a', type: 'float' }] }));
    await refused(series('shaped', [], { kind: 'raw' }));
    await client.query('CREATE TABLE plain (a LONG)');
    await refused(series('plain', []));
    await client.query('CREATE TABLE other (ts TIMESTAMP) TIMESTAMP(ts) PARTITION BY DAY WAL');
    await refused(series('other', []));
    await client.query('CREATE TABLE nowal (time TIMESTAMP) TIMESTAMP(time) PARTITION BY DAY BYPASS WAL');
    await refused(series('nowal', []));
    await client.query('CREATE TABLE nodedup (time TIMESTAMP) TIMESTAMP(time) PARTITION BY DAY WAL');
    await refused(series('nodedup', [], { key: [] }));
  });

  it.each([
    ['bad?name', [], 'derived'],
    ['s', [{ name: 'a.b', type: 'float' }], 'derived'],
    [
      's',
      [
        { name: 'a', type: 'float' },
        { name: 'A', type: 'float' },
      ],
      'derived',
    ],
    ['s', [{ name: 'time', type: 'time' }], 'derived'],
    ['s', [{ name: 'source', type: 'symbol' }], 'raw'],
    ['s', [{ name: 'Void', type: 'float' }], 'derived'],
  ] satisfies [string, Field[], SeriesKind][])('are refused for their names: %s %j', async (stream, fields, kind) => {
    await expect(planTables(client, [series(stream, fields, { kind })])).rejects.toMatchObject({ code: 'MR5204' });
  });

  it('hold null in every type that is used, as the types that are not used do not', async () => {
    await client.query(
      'CREATE TABLE nulls (time TIMESTAMP, i INT, l LONG, d DOUBLE, s SYMBOL, v VARCHAR, b BOOLEAN, y BYTE, h SHORT)',
    );
    await client.query('INSERT INTO nulls (time) VALUES (0)');
    expect(await client.query('SELECT i, l, d, s, v, b, y, h FROM nulls')).toEqual([
      [null, null, null, null, null, false, 0, 0],
    ]);
  });
});
