/**
 * What writing a row to QuestDB costs us: rows a CPU second of this process (encoding and HTTP), against the official client
 * with the same rows into the same server. Passes alternate; each has a table of its own, whose rows are counted and equal
 * those of the other's. `npm run bench -- questdb`; the method is in ../README.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sender } from '@questdb/nodejs-client';
import { createQuestDbConnector } from '../../connectors/questdb/index.ts';
import { QuestDbClient } from '../../connectors/questdb/questdb-client.ts';
import { applyTables, planTables } from '../../connectors/questdb/tables.ts';
import { SymbolTable } from '../../engine/batch.ts';
import type { RowPart, Series } from '../../engine/connector.ts';
import { startQuestDb } from '../../test/connectors/questdb/questdb-server.ts';
import { machine, writeResult } from '../machine.ts';
import { type Spread, spreadOf } from '../spread.ts';

const ROWS = 400_000;
const ROWS_A_WRITE = 8_192;
const PASSES = 5;
const DEVICES = 1_000;
const FIRST_US = 1_700_000_000_000_000;

const FIELDS = ['temp', 'pressure', 'current', 'vibration'];

type Pass = { readonly rowsPerCpuSecond: number; readonly rowsPerSecond: number };

const symbols = new SymbolTable();
const names = Array.from({ length: DEVICES }, (_, n) => `device-${n}`);
const devices = Uint32Array.from(names, name => symbols.idOf(name));
const parts = Array.from({ length: Math.ceil(ROWS / ROWS_A_WRITE) }, (_, n) =>
  partOf(n * ROWS_A_WRITE, Math.min(ROWS_A_WRITE, ROWS - n * ROWS_A_WRITE)),
);

const directory = mkdtempSync(join(tmpdir(), 'millrace-questdb-'));
const server = await startQuestDb({ directory });
const client = new QuestDbClient({ url: server.url });
try {
  const ours: Pass[] = [];
  const official: Pass[] = [];
  for (let pass = -1; pass < PASSES; pass++) {
    const pair = [await measure(`ours_${pass + 1}`, writeOurs), await measure(`official_${pass + 1}`, writeOfficial)];
    await checkEqual(`ours_${pass + 1}`, `official_${pass + 1}`);
    if (pass < 0) continue; // to warm up
    ours.push(pair[0]!);
    official.push(pair[1]!);
  }
  const result = {
    machine: machine(),
    rows: ROWS,
    ours: shown(ours),
    official: shown(official),
    timesOfficialPerCpuSecond: spreadOf(ours.map((one, i) => one.rowsPerCpuSecond / official[i]!.rowsPerCpuSecond)),
    timesOfficialPerSecond: spreadOf(ours.map((one, i) => one.rowsPerSecond / official[i]!.rowsPerSecond)),
  };
  console.log(JSON.stringify(result, null, 2));
  console.log(writeResult('questdb', result));
} finally {
  await client.close();
  await server.kill();
  rmSync(directory, { recursive: true });
}

async function measure(table: string, write: (series: Series) => Promise<void>): Promise<Pass> {
  const series = seriesOf(table);
  await applyTables(client, await planTables(client, [series]));
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await write(series);
  const { user, system } = process.cpuUsage(startCpu);
  const seconds = (performance.now() - startMs) / 1_000;
  return { rowsPerCpuSecond: ROWS / ((user + system) / 1e6), rowsPerSecond: ROWS / seconds };
}

function seriesOf(stream: string): Series {
  return {
    stream,
    keepUs: null,
    key: [{ name: 'device', type: 'symbol' }],
    fields: [...FIELDS.map(name => ({ name, type: 'float' as const })), { name: 'count', type: 'int' }],
    kind: 'derived',
  };
}

/** The value of a field in a row: the same for both. */
function reading(row: number, field: number): number {
  return 20 + ((row * 7 + field * 13) % 1_009) / 7;
}

async function writeOurs(series: Series): Promise<void> {
  const connector = createQuestDbConnector({ url: server.url });
  const sink = await connector.openStore!({
    series,
    position: null,
    nowUs: () => FIRST_US,
    onRefused: refusal => {
      throw new Error(refusal.reason);
    },
    onNotice: () => {},
  });
  const underWay: Promise<void>[] = [];
  for (const part of parts) {
    if (underWay.length === 3) await underWay.shift();
    const columnar = { parts: [part], symbols };
    underWay.push(
      sink.write({
        kind: 'rows',
        batch: { stream: series.stream, fields: [], length: part.length, rows: [], columnar },
      }),
    );
  }
  await Promise.all(underWay);
  await sink.position();
  await sink.close();
}

function partOf(from: number, length: number): RowPart {
  const floats = (read: (row: number) => number) => Float64Array.from({ length }, (_, i) => read(from + i));
  const column = (type: 'float' | 'int', read: (row: number) => number) => ({
    type,
    values: floats(read),
    valid: undefined,
  });
  return {
    length,
    timeUs: floats(row => FIRST_US + row * 1_000),
    key: [
      {
        type: 'symbol',
        values: Uint32Array.from({ length }, (_, i) => devices[(from + i) % DEVICES]!),
        valid: undefined,
      },
    ],
    columns: [...FIELDS.map((_, field) => column('float', row => reading(row, field))), column('int', row => row)],
  };
}

async function writeOfficial({ stream }: Series): Promise<void> {
  const address = server.url.slice('http://'.length);
  const sender = await Sender.fromConfig(`http::addr=${address};protocol_version=2;auto_flush=off`);
  for (const { length, timeUs, key, columns } of parts) {
    const counts = columns[FIELDS.length]!.values as Float64Array; // as: partOf made them so
    for (let row = 0; row < length; row++) {
      sender.table(stream).symbol('device', names[key[0]!.values[row]! as number]);
      for (let field = 0; field < FIELDS.length; field++) {
        sender.floatColumn(FIELDS[field]!, columns[field]!.values[row]! as number);
      }
      sender.intColumn('count', counts[row]!).intColumn('revision', 0).intColumn('void', 0);
      await sender.at(timeUs[row]!, 'us');
    }
    await sender.flush();
  }
  await sender.flush();
  await sender.close();
}

/** All rows of both, and each the same. */
async function checkEqual(ours: string, official: string): Promise<void> {
  for (const table of [ours, official]) {
    for (;;) {
      const [row] = await client.query(`SELECT count() FROM "${table}"`);
      if (row![0] === ROWS) break;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
  const [same] = await client.query(
    `SELECT count() FROM (SELECT * FROM "${ours}" INTERSECT SELECT * FROM "${official}")`,
  );
  if (same![0] !== ROWS) throw new Error(`${same![0]} rows of ${ROWS} are equal`);
  for (const table of [ours, official]) await client.query(`DROP TABLE "${table}"`);
}

function shown(passes: readonly Pass[]): { rowsPerCpuSecond: Spread; rowsPerSecond: Spread } {
  return {
    rowsPerCpuSecond: spreadOf(passes.map(pass => Math.round(pass.rowsPerCpuSecond))),
    rowsPerSecond: spreadOf(passes.map(pass => Math.round(pass.rowsPerSecond))),
  };
}
