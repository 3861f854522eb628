import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnectors } from '../../connectors/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { runJob } from '../../engine/runtime/job.ts';
import type { GoldenStream } from '../golden-stream.ts';
import { held } from './held.ts';
import { OutputSum } from '../output-sum.ts';
import { READINGS, writeReadings } from '../readings-file.ts';
import { handSum } from './passes.ts';

/** Rows per second from a CSV file to alerts, in each of several passes. */
export async function csvPasses(stream: GoldenStream, passes: number): Promise<number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-csv-'));
  try {
    await writeReadings(join(directory, 'readings.csv'), stream);
    const expected = handSum(held, stream);
    const plan = planOf();
    const rates: number[] = [];
    for (let pass = 0; pass <= passes; pass++) rates.push(await csvPass({ plan, directory, stream, expected }));
    return rates.slice(1); // the first warms up
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function planOf(): Plan {
  const { plan, diagnostics } = compile({ file: 'csv.mill', text: READINGS + held.rules });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

async function csvPass(options: {
  readonly plan: Plan;
  readonly directory: string;
  readonly stream: GoldenStream;
  readonly expected: OutputSum;
}): Promise<number> {
  const found = new OutputSum();
  const startMs = performance.now();
  await runJob({
    plan: options.plan,
    connectors: createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } }),
    sources: { s: { connector: 'file', address: 'readings.csv', directory: options.directory } },
    onAlert: change => found.addAlert(change),
    signal: new AbortController().signal,
  });
  const seconds = (performance.now() - startMs) / 1_000;
  options.expected.check(found, 'csv');
  return options.stream.events / seconds;
}
