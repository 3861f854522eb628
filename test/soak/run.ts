/**
 * A live run at full load: `node test/soak/run.ts [--minutes N] [--devices N] [--out FILE]`. A line for each sample, then what it is held
 * to; exit code 1 where something of it is not met. Memory is judged from five minutes on: before that it is warming up.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge } from './judge.ts';
import type { Sample } from './measure.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    devices: { type: 'string', default: '100000' },
    out: { type: 'string' },
  },
});
const MEMORY_JUDGED_MINUTES = 5;
const minutes = Number(values.minutes);
const folder = mkdtempSync(join(tmpdir(), 'millrace-soak-'));

print(
  '  time  events/s   run MB  main + workers MB: heap/external   open  state files MB  journal files MB  rounds  checkpoints: pause durable ms  ingest MB open',
);
const result = await soak({
  folder,
  devices: Number(values.devices),
  seconds: minutes * 60,
  sampleEverySeconds: Math.min(10, (minutes * 60) / 12),
  onSample: sample => print(lineOf(sample)),
}).finally(() => rmSync(folder, { recursive: true }));

const verdicts = [
  ...judge(result.samples, { isMemoryJudged: minutes >= MEMORY_JUDGED_MINUTES }),
  { what: 'no warning, nothing rejected', isMet: result.warnings.length === 0, found: result.warnings[0] ?? 'none' },
];
print('');
for (const { what, isMet, found } of verdicts) print(`${isMet ? 'ok    ' : 'FAILED'} ${what}: ${found}`);
const isMet = verdicts.every(verdict => verdict.isMet);
print(
  `${isMet ? 'ok    ' : 'FAILED'} soak: ${result.events} events in ${minutes} minutes, none lost; the journal was full ${result.waits} times`,
);
if (values.out !== undefined)
  writeFileSync(
    values.out,
    `${JSON.stringify({ minutes, devices: Number(values.devices), isMet, verdicts, ...result }, null, 2)}\n`,
  );
if (!isMet) process.exitCode = 1;

function lineOf(sample: Sample): string {
  const { seconds, eventsPerSecond, run, ingest, threads, state, journal } = sample;
  return [
    `${Math.round(seconds)} s`.padStart(6),
    String(Math.round(eventsPerSecond)).padStart(9),
    megabytes(run.rssBytes).padStart(8),
    threads
      .map(({ heapBytes, externalBytes }) => `${megabytes(heapBytes)}/${megabytes(externalBytes)}`)
      .join(' + ')
      .padStart(36),
    String(run.descriptors).padStart(6),
    `${state.files} ${megabytes(state.bytes)}`.padStart(15),
    `${journal.files} ${megabytes(journal.bytes)}`.padStart(17),
    String(sample.maxRoundsInFlight).padStart(7),
    `${sample.checkpoints}: ${sample.longestPauseMs.toFixed(0)} ${sample.longestDurableMs.toFixed(0)}`.padStart(30),
    `${megabytes(ingest.rssBytes)} ${ingest.descriptors}`.padStart(15),
  ].join(' ');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
