import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goldenStream } from '../golden-stream.ts';
import { writeReadings } from '../readings-file.ts';
import { fileOf, jobPass } from '../workers/passes.ts';
import { RULE_SETS } from '../workers/rule-sets.ts';
import type { Curve, Values } from './curve.ts';

export const workersCurve: Curve = {
  name: 'workers',
  title: 'Workers of a job from a CSV file',
  of: 'workers',
  points: [1, 2, 4],
  passes: 3,
  variants: [
    { name: 'cheap', title: 'one cheap rule' },
    { name: '12 times', title: 'rules that cost 12 times their source' },
  ],
  measures: [
    { name: 'event', title: 'Time an event, by the clock', unit: 'ns', bound: 'log n' },
    { name: 'cpu', title: 'Processor time of all threads', unit: 'ns', bound: 'log n' },
    { name: 'main', title: 'Processor time of the main thread', unit: 'ns', bound: 'log n' },
  ],
  measure,
  show: String,
};

async function measure(variant: string, workerCount: number): Promise<Values> {
  const ruleSet = RULE_SETS.find(({ name }) => name === variant)!;
  const directory = mkdtempSync(join(tmpdir(), 'millrace-scaling-'));
  try {
    await writeReadings(join(directory, fileOf(ruleSet)), goldenStream(ruleSet.events));
    const { stretch } = await jobPass({ ruleSet, directory, workerCount });
    const { events, seconds, cpuSeconds, mainCpuSeconds } = stretch;
    const ns = (value: number) => (value * 1e9) / events;
    return { event: ns(seconds), cpu: ns(cpuSeconds), main: ns(mainCpuSeconds) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
