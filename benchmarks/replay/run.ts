/**
 * How long it takes to run rules over history: an hour of 20 sensors at 1 kHz in a Parquet file, and the same events from the file and from JetStream
 * side by side. `npm run bench -- replay`; the method is in ../README.md. `--seconds 60` for a look at less: it writes no result.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startNats } from '../../scripts/services/index.js';
import { machine, writeResult } from '../machine.ts';
import { spreadOf } from '../spread.ts';
import { fillStream, SUBJECT } from './fill-stream.ts';
import { type Pass, jetstreamPass, replayPass } from './passes.ts';
import { jsonOf, READINGS_PER_SECOND, SENSORS, writeParquet } from './readings.ts';
import { tablesOf, withTables } from './page.ts';

const HOUR = 3_600;
const PASSES = 5;
const MOST_MESSAGES = 800_000;
const PAGE = join(import.meta.dirname, '../../docs/history.md');

const { values } = parseArgs({ options: { seconds: { type: 'string', default: String(HOUR) } } });
const seconds = Number(values.seconds);
if (!(Number.isInteger(seconds) && seconds >= 1))
  throw new Error(`--seconds ${values.seconds} is no number of seconds`);
const rows = seconds * READINGS_PER_SECOND;

const folder = mkdtempSync(join(tmpdir(), 'millrace-replay-'));
try {
  const hour = await measureHour();
  const sideBySide = await measureSideBySide();
  const result = { machine: machine(), sensors: SENSORS, readingsPerSecond: READINGS_PER_SECOND, hour, sideBySide };
  console.log(tablesOf(result));
  console.log(`of processor time: ${sideBySide.ratioOfCpu.median.toFixed(2)} times as fast`);
  if (seconds === HOUR) {
    console.log(writeResult('replay', result));
    writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8'), result));
    console.log(PAGE);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureHour() {
  const path = join(folder, 'hour.parquet');
  await writeParquet(path, rows);
  const fileBytes = statSync(path).size;
  const passes = await passesOf(() => replayPass(path), rows);
  rmSync(path);
  const perSecond = (count: number) => spreadOf(passes.map(pass => Math.round(count / pass.seconds)));
  return {
    rows,
    values: rows * SENSORS,
    fileBytes,
    changes: passes[0]!.changes,
    seconds: spreadOf(passes.map(pass => pass.seconds)),
    cpuSeconds: spreadOf(passes.map(pass => pass.cpuSeconds)),
    rowsPerSecond: perSecond(rows),
    valuesPerSecond: perSecond(rows * SENSORS),
    dayMinutes: spreadOf(passes.map(pass => (24 * pass.seconds * (HOUR / seconds)) / 60)),
  };
}

/** Passes of both in turn, over as many events as JetStream gives in some seconds. */
async function measureSideBySide() {
  const count = Math.min(rows, MOST_MESSAGES);
  const path = join(folder, 'part.parquet');
  await writeParquet(path, count);
  const events = await jsonOf(path);
  const server = await startNats({ directory: join(folder, 'nats') });
  try {
    await fillStream(server.url, events);
    const pairs: { readonly parquet: Pass; readonly jetstream: Pass }[] = [];
    for (let pass = -1; pass < PASSES; pass++) {
      const parquet = await replayPass(path);
      const jetstream = await jetstreamPass({ url: server.url, subject: SUBJECT });
      requireSame(parquet, jetstream, count);
      if (pass >= 0) pairs.push({ parquet, jetstream }); // the first warms up
    }
    const of = (one: (pair: (typeof pairs)[number]) => number) => spreadOf(pairs.map(one));
    return {
      events: count,
      messageBytes: Math.round(events.reduce((sum, text) => sum + text.length, 0) / count),
      changes: pairs[0]!.parquet.changes,
      parquetPerSecond: of(({ parquet }) => Math.round(count / parquet.seconds)),
      jetstreamPerSecond: of(({ jetstream }) => Math.round(count / jetstream.seconds)),
      ratio: of(({ parquet, jetstream }) => jetstream.seconds / parquet.seconds),
      ratioOfCpu: of(({ parquet, jetstream }) => jetstream.cpuSeconds / parquet.cpuSeconds),
    };
  } finally {
    await server.stop();
  }
}

async function passesOf(measure: () => Promise<Pass>, count: number): Promise<readonly Pass[]> {
  const passes: Pass[] = [];
  for (let pass = -1; pass < PASSES; pass++) {
    const measured = await measure();
    if (passes[0] !== undefined) requireSame(passes[0], measured, count);
    if (pass >= 0) passes.push(measured); // the first warms up
  }
  return passes;
}

/** What is measured has done all of it, and the same. */
function requireSame(one: Pass, other: Pass, count: number): void {
  if (one.events !== count || other.events !== count)
    throw new Error(`${one.events}, ${other.events} events of ${count}`);
  if (one.changes === 0 || one.digest !== other.digest) {
    throw new Error(`alerts differ: ${one.changes} and ${other.changes} changes`);
  }
}
