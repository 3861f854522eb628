/**
 * What it takes to keep what is read: a CSV file of readings → rules → the raw series and one of 10 s in DuckDB, against the
 * same job without a store, and against DuckDB reading the same file into a table by itself. Passes alternate; the rows of
 * each are counted. `npm run bench -- duckdb`; the method is in ../README.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import { createConnectors } from '../../connectors/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { goldenStream } from '../golden-stream.ts';
import { machine, writeResult } from '../machine.ts';
import { READINGS, writeReadings } from '../readings-file.ts';
import { type Spread, spreadOf } from '../spread.ts';

const EVENTS = 2_000_000;
const PASSES = 5;
const WINDOW_EVENTS = 10; // of each of 1,000 devices, an event a millisecond
const RULES = `
stream m = from s window tumbling 10s select avg(temperature) as temperature_avg, count() as n
rule hot on s { high when temperature > 70 for 5s }
`;

type Pass = { readonly rowsPerSecond: number; readonly rowsPerCpuSecond: number };

const folder = mkdtempSync(join(tmpdir(), 'millrace-duckdb-'));
try {
  await writeReadings(join(folder, 'readings.csv'), goldenStream(EVENTS));
  const stored: Pass[] = [];
  const notStored: Pass[] = [];
  const ownLoad: Pass[] = [];
  for (let pass = -1; pass < PASSES; pass++) {
    const passes = [await storedPass(pass), await jobPass(RULES, null), await loadPass(pass)] as const;
    if (pass < 0) continue; // to warm up
    stored.push(passes[0]);
    notStored.push(passes[1]);
    ownLoad.push(passes[2]);
  }
  const ratio = (others: readonly Pass[], what: keyof Pass) =>
    spreadOf(stored.map((one, pass) => one[what] / others[pass]![what]));
  const result = {
    machine: machine(),
    rows: EVENTS,
    stored: shown(stored),
    notStored: shown(notStored),
    ownLoad: shown(ownLoad),
    ofNotStored: ratio(notStored, 'rowsPerSecond'),
    ofOwnLoad: ratio(ownLoad, 'rowsPerSecond'),
    ofNotStoredPerCpuSecond: ratio(notStored, 'rowsPerCpuSecond'),
  };
  console.log(JSON.stringify(result, null, 2));
  console.log(writeResult('duckdb', result));
} finally {
  rmSync(folder, { recursive: true });
}

async function storedPass(pass: number): Promise<Pass> {
  const path = join(folder, `store${pass}.duckdb`);
  const measured = await jobPass(`store s  store m ${RULES}`, path);
  await check(path, 's', EVENTS);
  // The last pane of each device is open at the end.
  await check(path, 'm', EVENTS / WINDOW_EVENTS - 1_000);
  rmSync(path);
  return measured;
}

async function jobPass(rules: string, path: string | null): Promise<Pass> {
  const plan = planOf(READINGS + rules);
  return await measure(async () => {
    await runJob({
      plan,
      connectors: createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } }),
      ...(path === null ? {} : { store: createDuckDbConnector({ path }) }),
      sources: { s: { connector: 'file', address: 'readings.csv', directory: folder } },
      onStoreRefused: ({ reason }) => {
        throw new Error(reason);
      },
      signal: new AbortController().signal,
    });
  });
}

async function loadPass(pass: number): Promise<Pass> {
  const path = join(folder, `load${pass}.duckdb`);
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const measured = await measure(async () => {
    await connection.run(`CREATE TABLE s AS SELECT * FROM read_csv('${join(folder, 'readings.csv')}')`);
    await connection.run('CHECKPOINT');
  });
  connection.closeSync();
  instance.closeSync();
  await check(path, 's', EVENTS);
  rmSync(path);
  return measured;
}

function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 'duckdb.mill', text });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

async function measure(run: () => Promise<void>): Promise<Pass> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(startCpu);
  const seconds = (performance.now() - startMs) / 1_000;
  return { rowsPerSecond: EVENTS / seconds, rowsPerCpuSecond: EVENTS / ((user + system) / 1e6) };
}

async function check(path: string, table: string, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const [[found]] = (await connection.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRows() as [[bigint]]; // as: a count
  connection.closeSync();
  instance.closeSync();
  if (Number(found) !== rows) throw new Error(`${found} rows of ${table}, not ${rows}`);
}

function shown(passes: readonly Pass[]): { rowsPerSecond: Spread; rowsPerCpuSecond: Spread } {
  return {
    rowsPerSecond: spreadOf(passes.map(pass => Math.round(pass.rowsPerSecond))),
    rowsPerCpuSecond: spreadOf(passes.map(pass => Math.round(pass.rowsPerCpuSecond))),
  };
}
