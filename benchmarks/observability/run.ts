/**
 * What it costs to be seen: a whole job that is scraped each second, logs, and traces one round of a hundred, against the same
 * one that is not. `npm run bench -- observability`; the method is in ../README.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goldenStream } from '../golden-stream.ts';
import type { Stretch } from '../job-meter.ts';
import { machine, writeResult } from '../machine.ts';
import { writeReadings } from '../readings-file.ts';
import { type Spread, spreadOf } from '../spread.ts';
import { enginePass } from './engine-pass.ts';
import { EVENTS, jobPass } from './job-pass.ts';
import { Observers } from './observers.ts';
import { profileShare } from './profile-share.ts';

const PASSES = 25; // one differs from the next by some per cent: the profile tells what that hides
const ENGINE_EVENTS = 1_000_000;
const PROFILED_PASSES = 20;

const directory = mkdtempSync(join(tmpdir(), 'millrace-observability-'));
const observers = await Observers.start();
try {
  const stream = goldenStream(EVENTS);
  await writeReadings(join(directory, 'readings.csv'), stream);
  await jobPass({ directory, observers: null }); // to warm up
  await jobPass({ directory, observers });
  const plain: Stretch[] = [];
  const seen: Stretch[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const inOrder = pass % 2 === 0 ? [plain, seen] : [seen, plain];
    for (const stretches of inOrder) {
      stretches.push(await jobPass({ directory, observers: stretches === seen ? observers : null }));
    }
  }
  const { scrapes, spans } = observers.counts();
  console.log(`scraped ${scrapes} times, ${spans} spans`);
  if (scrapes < PASSES || spans === 0) throw new Error(`it was scraped ${scrapes} times, and ${spans} spans came`);
  const cpu = spreadOf(seen.map((stretch, i) => cpuNs(stretch) / cpuNs(plain[i]!)));
  const time = spreadOf(seen.map((stretch, i) => stretch.seconds / plain[i]!.seconds));
  show('CPU of all threads, seen against not', cpu);
  show('time, seen against not', time);

  const profiled = profileShare({ directory, passes: PROFILED_PASSES });
  if (profiled.scrapes === 0 || profiled.spans === 0) throw new Error('nobody looked at what was profiled');
  console.log(`share of what looks, of ${profiled.samples} samples    ${(profiled.share * 100).toFixed(2)} %`);

  const longer = goldenStream(ENGINE_EVENTS);
  const untimed: number[] = [];
  const timed: number[] = [];
  for (const isTimed of [false, true]) enginePass(longer, { isTimed }); // to warm up
  for (let pass = 0; pass < PASSES; pass++) {
    const inOrder = pass % 2 === 0 ? [untimed, timed] : [timed, untimed];
    for (const seconds of inOrder) seconds.push(enginePass(longer, { isTimed: seconds === timed }));
  }
  const timing = spreadOf(timed.map((seconds, i) => seconds / untimed[i]!));

  show('operators timed by sample against not', timing);
  console.log(
    `\n${writeResult('observability', { machine: machine(), events: EVENTS, scrapes, spans, cpu, time, profiled, timing })}`,
  );
} finally {
  await observers.stop();
  rmSync(directory, { recursive: true });
}

function show(what: string, { median, least, greatest }: Spread): void {
  const [a, b, c] = [median, least, greatest].map(ratio => `${((ratio - 1) * 100).toFixed(2)} %`);
  console.log(`${what.padEnd(40)} ${a!.padStart(8)}  (${b} … ${c})`);
}

function cpuNs({ events, cpuSeconds }: Stretch): number {
  return (cpuSeconds * 1e9) / events;
}
