import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { openHistoryTask } from '../../embed/history/history-task.ts';
import { replayPlan } from '../../embed/history/replay-plan.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { runs } from '../oracle/runs.ts';

const { plan } = compile({
  file: 'rules.mill',
  text: `stream pump from file "pump.ndjson" {
  key site: symbol  key unit: int  temp: float degC in -40..200  flow: float  open: bool  state: symbol
  time at as iso
  lateness 3s
}
stream minute = from pump where open window tumbling 20s select avg(temp) as mean, p95(flow) as high, count() as n
rule hot on pump { high when temp > 85 degC for 3s  clear when temp < 80 degC  while state != "stopped" }
rule busy on minute { medium when mean > 60 degC and n > 3  clear after 1m }
rule odd on pump { low when abs(zscore(flow, 1m)) > 2 }
stream refused = from rejected(pump) select event_time
rule seen on refused { info when event_time is not null }`,
});

type Reading = Readonly<Record<'at' | 'site' | 'state', string | null>> &
  Readonly<Record<'unit' | 'temp' | 'flow', number | null>> & { readonly open: boolean | null };

/** What one file has as text and another as columns: the same readings give the same alerts, to the bit. */
test('a replay of Parquet is that of the same readings in CSV and NDJSON', { timeout: 900_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 20, max: 600 }),
      fc.integer(),
      fc.integer({ min: 1, max: 3 }),
      async (count, seed, shares) => {
        const folder = mkdtempSync(join(tmpdir(), 'millrace-formats-'));
        try {
          await writeAll(readingsOf(count, createRandom(String(seed))), folder);
          const [csv, ndjson, parquet] = readdirSync(folder).sort();
          const expected = await replayed(folder, ndjson!, 1);
          expect(await replayed(folder, csv!, shares)).toEqual(expected);
          expect(await replayed(folder, parquet!, shares)).toEqual(expected);
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
    ),
    { ...runs(8), endOnFailure: true },
  );
});

async function replayed(directory: string, address: string, shares: number): Promise<readonly AlertChange[]> {
  const changes: AlertChange[] = [];
  const counted = await replayPlan(plan!, {
    fromUs: null,
    toUs: null,
    nowUs: Infinity,
    store: null,
    sources: { pump: { connector: 'file', address, directory } },
    workers: shares,
    openShares: tasks => Promise.all(tasks.map(openHistoryTask)),
    onAlerts: some => void changes.push(...some),
    signal: new AbortController().signal,
  });
  expect(counted.events + counted.rejected).toBeGreaterThan(0);
  return changes;
}

function readingsOf(count: number, random: () => number): readonly Reading[] {
  let ms = Date.UTC(2026, 0, 1);
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
  return Array.from({ length: count }, (_, at) => {
    ms += pick([0, 1, 250, 1_000, 4_000]);
    const some = <Value>(value: Value): Value | null => (at > 5 && random() < 0.05 ? null : value);
    return {
      at: new Date(ms - pick([0, 0, 0, 2_000, random() < 0.1 ? 60_000 : 0])).toISOString(),
      site: pick(['north', 'so,uth', '"e"']),
      unit: pick([1, 2]),
      temp: some(random() < 0.02 ? 900 : 70 + random() * 30),
      flow: some(random() * 1e-3 + (random() < 0.05 ? 1 : 0)),
      open: some(random() < 0.8),
      state: some(pick(['running', 'stopped'])),
    };
  });
}

/** DuckDB writes the table as Parquet; texts are our own. */
async function writeAll(readings: readonly Reading[], folder: string): Promise<void> {
  const names = ['at', 'site', 'unit', 'temp', 'flow', 'open', 'state'] as const;
  const cell = (value: string | number | boolean | null) =>
    value === null ? '' : typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value);
  const lines = readings.map(reading => names.map(name => cell(reading[name])).join(','));
  writeFileSync(join(folder, 'pump.csv'), [names.join(','), ...lines, ''].join('\n'));
  writeFileSync(join(folder, 'pump.ndjson'), readings.map(reading => `${JSON.stringify(reading)}\n`).join(''));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    'CREATE TABLE pump ("at" TIMESTAMP, site VARCHAR, unit INTEGER, temp DOUBLE, flow DOUBLE, open BOOLEAN, state VARCHAR)',
  );
  const text = (value: string | number | boolean | null) =>
    value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`;
  const values = readings.map(reading => `(${names.map(name => text(reading[name])).join(',')})`.replace(/Z'/, "'"));
  const columns = '"at"::TIMESTAMP AS "at", site, unit::INTEGER, temp::DOUBLE, flow::DOUBLE, open::BOOLEAN, state';
  const typed = `SELECT ${columns} FROM (VALUES ${values.join(',')}) AS t(${names.map(name => `"${name}"`).join(',')})`;
  await connection.run(`INSERT INTO pump ${typed}`);
  await connection.run(`COPY pump TO '${join(folder, 'pump.parquet')}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}
