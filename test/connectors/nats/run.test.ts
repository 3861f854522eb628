import { expect, it } from 'vitest';
import { createConnectors } from '../../../connectors/index.ts';
import { compile } from '../../../dsl/compile.ts';
import { runJob } from '../../../engine/runtime/job.ts';
import { NodeDisk } from '../../../engine/runtime/node-disk.ts';
import { ADDRESS, Operator, ownServer, temporaryFolder } from './streams.ts';

const RULES = `
stream motor from nats "${ADDRESS}" json { key device: symbol  temp: float  time ts as ms }
rule hot on motor { high when temp > 90  clear when temp < 10 }
`;

it('a run that is ended at any time and goes on gives what one run gives, also over a work queue', async () => {
  const server = await ownServer();
  const operator = await Operator.connect(server.url);
  const { plan, diagnostics } = compile({ file: 'hot.mill', text: RULES });
  expect(diagnostics).toEqual([]);
  for (const retention of ['limits', 'workqueue'] as const) {
    await operator.createStream({ retention });
    await operator.publish(1, 2000);
    const stateDirectory = temporaryFolder();
    const alerts: string[] = [];
    let events = 0;
    for (let run = 0; run < 40 && events < 2000; run++) {
      const ending = new AbortController();
      const summary = await runJob({
        plan: plan!,
        connectors: createConnectors({
          disk: new NodeDisk(),
          log: { write: () => {}, isJson: true },
          nats: { servers: [server.url], maxWaitingMessages: 100 },
        }),
        stateDirectory,
        signal: ending.signal,
        onAlert: change => void alerts.push(JSON.stringify(change)),
        onProgress: ({ events }) => {
          if (events > 150 * (run + 1)) ending.abort();
        },
        isDrained: true,
      });
      events += summary.events;
    }
    expect(events).toBe(2000);
    expect(new Set(alerts).size).toBe(alerts.length);
    expect(alerts.length).toBeGreaterThan(0);
    if (retention === 'workqueue') {
      await expect.poll(async () => (await operator.manager.streams.info('PLANT')).state.messages).toBeLessThan(2000);
    }
    await operator.manager.streams.delete('PLANT');
  }
});
