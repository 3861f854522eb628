/**
 * How many events a second one thread takes, and how that compares with a loop written by hand over the same columns.
 * `npm run bench -- throughput`; the method is in ../README.md.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type GoldenStream, goldenStream } from '../golden-stream.ts';
import { machine, writeResult } from '../machine.ts';
import { csvPasses } from './csv.ts';
import { filter } from './filter.ts';
import { held } from './held.ts';
import { equalities, equality, thresholds, withoutEquality } from './many-rules.ts';
import { inMillions, measureQuery, show } from './measure-query.ts';
import { measureMessages } from './messages.ts';
import { sliding } from './sliding.ts';
import { spreadOf } from '../spread.ts';
import { rekeyed, reordered, tumbling } from './tumbling.ts';

const EVENTS = 5_000_000; // beyond the caches, as in ../shared/golden/README.md
const SLOW_EVENTS = 1_000_000;
const MESSAGES = 200_000;
const PASSES = 9;
const SLOW_PASSES = 3;
const KEYS = 1_000_000;

const slowStream = goldenStream(SLOW_EVENTS);
const stream = goldenStream(EVENTS);
console.log('in memory, one thread        events/s    by hand      ratio  (least … greatest)   outputs');
const queries = [
  ...[filter, tumbling, sliding, held].map(query => show(measureQuery(query, stream, PASSES))),
  ...[thresholds, equality, withoutEquality, equalities].map(query => show(measureQuery(query, stream, SLOW_PASSES))),
  ...[reordered, rekeyed].map(query => show(measureQuery(query, slowStream, SLOW_PASSES))),
];

const csv = spreadOf(await csvPasses(rounded(slowStream), PASSES));
console.log(
  `\nCSV file → rule ${inMillions(csv.median)} rows/s  (${inMillions(csv.least)} … ${inMillions(csv.greatest)})`,
);

const messages = measureMessages(goldenStream(MESSAGES), PASSES);
for (const [name, { eventsPerSecond, ratio }] of Object.entries(messages)) {
  console.log(`${name}: ${inMillions(eventsPerSecond.median)} messages/s, ${ratio.median.toFixed(2)} of JSON.parse`);
}

const memory = { normal: measureMemory([]), youngGenerationFixed: measureMemory(['--max-semi-space-size=8']) };
const perKey = (bytes: readonly number[]): string => `${Math.round(Math.max(...bytes) / KEYS)} bytes a key`;
console.log(`a million keys, one window of four aggregates: ${perKey(memory.normal.grownBytes)}`);
console.log(`  with V8's young generation fixed: ${perKey(memory.youngGenerationFixed.grownBytes)}`);

const path = writeResult('throughput', { machine: machine(), queries, csvRowsPerSecond: csv, messages, memory });
console.log(`\n${path}\n`);

// In a process of its own, as jobs run.
const jetStream = spawnSync(process.execPath, [join(import.meta.dirname, 'jetstream', 'run.ts')], { stdio: 'inherit' });
if (jetStream.status !== 0) process.exitCode = 1;

/** Temperatures as the file holds them. */
function rounded(events: GoldenStream): GoldenStream {
  const batches = events.batches.map(batch => ({
    ...batch,
    temperature: batch.temperature.map(value => Number(value.toFixed(2))),
  }));
  return { ...events, batches };
}

/** In a process of its own, whose memory nothing else has grown. */
function measureMemory(options: readonly string[]): { readonly grownBytes: number[]; readonly peakBytes: number } {
  const script = join(import.meta.dirname, 'memory.ts');
  const child = spawnSync(process.execPath, ['--expose-gc', ...options, script, String(KEYS)], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout);
}
