import { expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import { startJob } from '../../engine/runtime/job.ts';

it('a job tells what it has counted while it runs, and when it has ended', async () => {
  const memory = new MemoryConnector();
  const text = `
    stream s from memory "s" json { x: float  time ts as ms }
    rule high on s { high when x > 1 }
  `;
  const { plan } = compile({ file: 'metrics.mill', text });
  const { signal } = new AbortController();
  const job = startJob({ plan: plan!, connectors: new Map([['memory', memory]]), signal });
  expect((await job.metrics()).counts).toMatchObject({ events: 0, alerts: 0 });
  await memory.channel('s').push([1, 2, 1].map((x, i) => ({ x, ts: 1_700_000_000_000 + i })));
  await expect.poll(async () => (await job.metrics()).counts).toMatchObject({ events: 3, alerts: 2, late: 0 });
  memory.channel('s').end();
  const summary = await job.done;
  expect((await job.metrics()).counts).toEqual(summary);
});
