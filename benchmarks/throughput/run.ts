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
import { equalities, equality, thresholds } from './many-rules.ts';
import { measureMessages } from './messages.ts';
import { checkOutputs, enginePass, handPass, planOf } from './passes.ts';
import type { Query } from './query.ts';
import { sliding } from './sliding.ts';
import { type Spread, spreadOf } from '../spread.ts';
import { rekeyed, reordered, tumbling } from './tumbling.ts';

const EVENTS = 5_000_000; // beyond the caches, as in ../shared/golden/README.md
const SLOW_EVENTS = 1_000_000;
const MESSAGES = 200_000;
const PASSES = 9;
const SLOW_PASSES = 3;
const WARM_UP_PASSES = 3;
const KEYS = 1_000_000;

type Measured = {
  readonly name: string;
  readonly title: string;
  readonly events: number;
  readonly outputs: number;
  readonly eventsPerSecond: Spread;
  readonly handEventsPerSecond: Spread;
  /** Of passes side by side. */
  readonly ratio: Spread;
};

const slowStream = goldenStream(SLOW_EVENTS);
const stream = goldenStream(EVENTS);
console.log('in memory, one thread        events/s    by hand      ratio  (least … greatest)   outputs');
const queries = [
  ...[filter, tumbling, sliding, held].map(query => show(measure(query, stream, PASSES))),
  ...[reordered, rekeyed, thresholds, equality, equalities].map(query => show(measure(query, slowStream, SLOW_PASSES))),
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

function measure(query: Query, events: GoldenStream, passes: number): Measured {
  const plan = planOf(query);
  const expected = checkOutputs(plan, query, events);
  const engineSeconds: number[] = [];
  const handSeconds: number[] = [];
  for (let pass = 0; pass < WARM_UP_PASSES + passes; pass++) {
    handSeconds.push(handPass(query, events, expected));
    engineSeconds.push(enginePass(plan, query, events, expected));
  }
  const rates = (seconds: readonly number[]) => spreadOf(seconds.slice(WARM_UP_PASSES).map(s => events.events / s));
  return {
    name: query.name,
    title: query.title,
    events: events.events,
    outputs: expected.count,
    eventsPerSecond: rates(engineSeconds),
    handEventsPerSecond: rates(handSeconds),
    ratio: spreadOf(engineSeconds.map((seconds, i) => handSeconds[i]! / seconds).slice(WARM_UP_PASSES)),
  };
}

function show(measured: Measured): Measured {
  const { name, eventsPerSecond, handEventsPerSecond, ratio, outputs } = measured;
  const rates = [eventsPerSecond, handEventsPerSecond].map(rate => inMillions(rate.median).padStart(11)).join('');
  const ratios = `${ratio.median.toFixed(3).padStart(11)}  (${ratio.least.toFixed(3)} … ${ratio.greatest.toFixed(3)})`;
  console.log(`${name.padEnd(26)}${rates}${ratios}${String(outputs).padStart(11)}`);
  return measured;
}

function inMillions(rate: number): string {
  return `${(rate / 1e6).toPrecision(3)} M`;
}

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
