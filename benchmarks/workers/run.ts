/**
 * What threads bring: events a second of a whole job, from a file through the exchange and the rules to the outputs, by
 * the number of workers. `npm run bench -- workers`; the method is in ../README.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goldenStream } from '../golden-stream.ts';
import type { Stretch } from '../job-meter.ts';
import { machine, writeResult } from '../machine.ts';
import { OutputSum } from '../output-sum.ts';
import { writeReadings } from '../readings-file.ts';
import { type Spread, spreadOf } from '../spread.ts';
import { fileOf, jobPass, sourcePass } from './passes.ts';
import { RULE_SETS, type RuleSet } from './rule-sets.ts';

const WORKER_COUNTS = [0, 1, 2, 4];
const PASSES = 5;

type OfWorkers = {
  readonly workers: number;
  readonly eventsPerSecond: Spread;
  /** Of neighbouring passes: against one worker. */
  readonly againstOne: Spread;
  /** Of all threads, and of the one that reads, exchanges and delivers. */
  readonly cpuNsPerEvent: Spread;
  readonly mainCpuNsPerEvent: Spread;
};

type Measured = {
  readonly name: string;
  readonly events: number;
  readonly outputs: number;
  readonly sourceEventsPerSecond: Spread;
  readonly sourceCpuNsPerEvent: Spread;
  /** What the rules cost on the calling thread, in times of what the source costs. */
  readonly timesSource: Spread;
  readonly curve: readonly OfWorkers[];
};

const directory = mkdtempSync(join(tmpdir(), 'millrace-workers-'));
try {
  const ruleSets: Measured[] = [];
  for (const ruleSet of RULE_SETS) {
    await writeReadings(join(directory, fileOf(ruleSet)), goldenStream(ruleSet.events));
    ruleSets.push(show(await measure(ruleSet)));
  }
  console.log(`\n${writeResult('workers', { machine: machine(), ruleSets })}`);
} finally {
  rmSync(directory, { recursive: true });
}

async function measure(ruleSet: RuleSet): Promise<Measured> {
  const outputs = await checkOutputs(ruleSet);
  const source: Stretch[] = [];
  const jobs = new Map(WORKER_COUNTS.map(workers => [workers, [] as Stretch[]]));
  for (let pass = 0; pass < PASSES; pass++) {
    source.push(await sourcePass(ruleSet, directory));
    for (const [workerCount, stretches] of jobs) {
      const done = await jobPass({ ruleSet, directory, workerCount });
      if (done.outputs !== outputs) throw new Error(`${ruleSet.name}: ${done.outputs} outputs instead of ${outputs}`);
      stretches.push(done.stretch);
    }
  }
  const inline = jobs.get(0)!;
  const one = jobs.get(1)!;
  return {
    name: ruleSet.name,
    events: ruleSet.events,
    outputs,
    sourceEventsPerSecond: spreadOf(source.map(rateOf)),
    sourceCpuNsPerEvent: spreadOf(source.map(cpuNs)),
    timesSource: spreadOf(inline.map((stretch, i) => rateOf(source[i]!) / rateOf(stretch) - 1)),
    curve: [...jobs].map(([workers, stretches]) => ({
      workers,
      eventsPerSecond: spreadOf(stretches.map(rateOf)),
      againstOne: spreadOf(stretches.map((stretch, i) => rateOf(stretch) / rateOf(one[i]!))),
      cpuNsPerEvent: spreadOf(stretches.map(cpuNs)),
      mainCpuNsPerEvent: spreadOf(stretches.map(mainCpuNs)),
    })),
  };
}

/** Whatever the number of workers, the outputs are the same; how many there are. */
async function checkOutputs(ruleSet: RuleSet): Promise<number> {
  const expected = new OutputSum();
  await jobPass({ ruleSet, directory, workerCount: 0, sum: expected });
  for (const workerCount of WORKER_COUNTS.slice(1)) {
    const found = new OutputSum();
    await jobPass({ ruleSet, directory, workerCount, sum: found });
    expected.check(found, `${ruleSet.name}, ${workerCount} workers`);
  }
  return expected.count;
}

function show(measured: Measured): Measured {
  const { name, sourceEventsPerSecond, sourceCpuNsPerEvent, timesSource, outputs } = measured;
  const source = `${inMillions(sourceEventsPerSecond)} events/s, ${sourceCpuNsPerEvent.median.toFixed(0)} ns`;
  console.log(
    `\n${name}: the source alone ${source}; the rules cost ${timesSource.median.toFixed(1)} times that; ${outputs} outputs`,
  );
  console.log('workers    events/s   against 1  (least … greatest)   CPU ns/event   of the main thread');
  for (const { workers, eventsPerSecond, againstOne, cpuNsPerEvent, mainCpuNsPerEvent } of measured.curve) {
    const ratio = `${againstOne.median.toFixed(2)}  (${againstOne.least.toFixed(2)} … ${againstOne.greatest.toFixed(2)})`;
    const cpu = `${cpuNsPerEvent.median.toFixed(0).padStart(15)}${mainCpuNsPerEvent.median.toFixed(0).padStart(21)}`;
    console.log(`${String(workers).padStart(7)}${inMillions(eventsPerSecond).padStart(12)}${ratio.padStart(31)}${cpu}`);
  }
  return measured;
}

function rateOf({ events, seconds }: Stretch): number {
  return events / seconds;
}

function cpuNs({ events, cpuSeconds }: Stretch): number {
  return (cpuSeconds * 1e9) / events;
}

function mainCpuNs({ events, mainCpuSeconds }: Stretch): number {
  return (mainCpuSeconds * 1e9) / events;
}

function inMillions({ median }: Spread): string {
  return `${(median / 1e6).toPrecision(3)} M`;
}
