import { expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import { startJob } from '../../engine/runtime/job.ts';

const FIRST_MS = 1_700_000_000_000;
const TEXT = `
  stream s from memory "s" json { key device: symbol  x: float  time ts as ms }
  stream t from memory "t" json { key device: symbol  y: float  time ts as ms }
  stream both = from s join t within 1s around select x, y
  route both to memory "rows"
`;

it('what is in time for its stream, and behind another where they meet, is counted as such, of the stream that it is of', async () => {
  const { plan, diagnostics } = compile({ file: 'late.mill', text: TEXT });
  expect(diagnostics).toEqual([]);
  for (const workerCount of [0, 2]) {
    const memory = new MemoryConnector({ arrivalClock: 'recorded' });
    const job = startJob({
      plan: plan!,
      connectors: new Map([['memory', memory]]),
      stateDirectory: null,
      workerCount,
      signal: new AbortController().signal,
    });
    const [s, t] = [memory.channel('s'), memory.channel('t')];
    // What t brings is in order, and five seconds behind: all but the first is behind what s has brought by then.
    for (let second = 0; second < 10; second++) {
      const ms = FIRST_MS + second * 1_000;
      await s.push([{ device: 'a', x: second, ts: ms }], { arrivalUs: ms * 1_000 });
      await t.push([{ device: 'a', y: second, ts: ms - 5_000 }], { arrivalUs: ms * 1_000 });
    }
    // Late for its own stream already.
    const endMs = FIRST_MS + 20_000;
    await s.push([{ device: 'a', x: 0, ts: FIRST_MS }], { arrivalUs: endMs * 1_000 });
    await t.tick(endMs * 1_000);
    await job.opened;
    await job.metrics(); // who has asked once is told of the end
    s.end();
    t.end();
    await job.done;
    const { streams } = await job.metrics();
    expect(streams['s']).toMatchObject({ events: 11, late: 1, lateRows: 0 });
    expect(streams['t']).toMatchObject({ events: 10, late: 9, lateRows: 9 });
  }
});
