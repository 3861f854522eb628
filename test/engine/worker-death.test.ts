import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { createConnectors } from '../../connectors/index.ts';
import { compile } from '../../dsl/compile.ts';
import { runJob, type Summary } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';
import type { Platform } from '../../engine/runtime/platform.ts';

const EVENTS = 200_000;
const folder = mkdtempSync(join(tmpdir(), 'millrace-death-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RULES = `
stream motor from file "motor.csv" csv { key device: symbol  temp: float degC  time ts as ms }
stream motor_1m = from motor window tumbling 1m select avg(temp) as mean, count() as n
rule hot on motor { high when temp > 90 degC for 5s  clear when temp < 70 degC for 10s }
route motor_1m to file "rows.ndjson"
route alerts to file "alerts.ndjson"
`;

it('a worker that dies ends the run with a coded error, and the next one goes on from the last checkpoint', async () => {
  writeFileSync(join(folder, 'motor.csv'), readings());
  const whole = await runIn('whole', {});
  expect(whole.events).toBe(EVENTS);

  const started: Worker[] = [];
  const dying = withWorkers(started);
  let checkpoints = 0;
  const died = runIn('died', {
    platform: dying,
    onCheckpoint: () => {
      if (++checkpoints === 2) void started[1]!.terminate();
    },
  });
  await expect(died).rejects.toMatchObject({ code: 'MR6020', message: expect.stringMatching(/^worker 1 died/) });
  const { events } = await runIn('died', {});
  expect(events).toBeLessThan(EVENTS);
  expect(linesOf('died')).toEqual(linesOf('whole'));
});

/** This machine, with the threads that it starts in a list. */
function withWorkers(started: Worker[]): Platform {
  const platform = createNodePlatform();
  return {
    ...platform,
    startWorker: () => {
      const worker = new Worker(new URL('../../engine/runtime/workers/worker.ts', import.meta.url));
      started.push(worker);
      return {
        post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
        onMessage: listener => worker.on('message', listener),
        onDeath: listener => worker.on('exit', code => listener(`it ended with code ${code}`)),
        terminate: async () => {
          worker.removeAllListeners('exit');
          await worker.terminate();
        },
      };
    },
  };
}

async function runIn(
  name: string,
  options: { readonly platform?: Platform; readonly onCheckpoint?: () => void },
): Promise<Summary> {
  mkdirSync(join(folder, name), { recursive: true });
  const { plan } = compile({ file: join(folder, name, 'rules.mill'), text: RULES });
  return await runJob({
    plan: plan!,
    connectors: createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } }),
    workerCount: 2,
    sources: { motor: { connector: 'file', address: 'motor.csv', directory: folder } },
    stateDirectory: join(folder, name, 'state'),
    checkpointEveryMs: 5,
    signal: new AbortController().signal,
    ...options,
  });
}

function readings(): string {
  const lines = ['device,temp,ts'];
  for (let i = 0; i < EVENTS; i++)
    lines.push(`m${i % 70},${(80 + 20 * Math.sin(i / 900 + (i % 7))).toFixed(3)},${1_700_000_000_000 + i * 100}`);
  return `${lines.join('\n')}\n`;
}

function linesOf(name: string): string[][] {
  return ['rows.ndjson', 'alerts.ndjson'].map(file => readFileSync(join(folder, name, file), 'utf8').split('\n'));
}
