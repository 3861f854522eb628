import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { createConnectors } from '../../connectors/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { runJob } from '../../engine/runtime/job.ts';
import type { GoldenStream } from '../golden-stream.ts';
import { held } from './held.ts';
import { OutputSum } from './output-sum.ts';
import { handSum } from './passes.ts';

const STREAM = `stream s from file "readings.csv" {
  key device: symbol  temperature: float  vibration: float  pressure: float  status: int
  time ts as ms
}
`;

/** Rows per second from a CSV file to alerts, in each of several passes. */
export async function csvPasses(stream: GoldenStream, passes: number): Promise<number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-csv-'));
  try {
    await writeCsv(join(directory, 'readings.csv'), stream);
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
  const { plan, diagnostics } = compile({ file: 'csv.mill', text: STREAM + held.rules });
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

/** Readings as a logger writes them: all fields, with a few digits. */
async function writeCsv(path: string, stream: GoldenStream): Promise<void> {
  const file = createWriteStream(path);
  file.write('ts,device,temperature,vibration,pressure,status\n');
  for (const { length, timeUs, device, temperature, status } of stream.batches) {
    let text = '';
    for (let i = 0; i < length; i++) {
      text += `${timeUs[i]! / 1_000},d${device[i]},${temperature[i]!.toFixed(2)},${(i % 97) / 10},${1 + (i % 41) / 10},${status[i]}\n`;
    }
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
