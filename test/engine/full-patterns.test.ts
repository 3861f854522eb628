import { expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { JobWarning } from '../../engine/runtime/job-options.ts';
import { startJob } from '../../engine/runtime/job.ts';

const FIRST_MS = 1_700_000_000_000;
const TEXT = `
  stream s from memory "s" json { key device: symbol  x: float  time ts as ms }
  stream pairs = match a: s[x > 0]+ -> b: s[x < 0] within 1h select count(a) as n
  stream strict = match a: s[x > 0] ~> b: s[x < 0] within 1h select a.x as x
  route pairs to memory "rows"
  route strict to memory "strict"
`;

it('first events of one key stay within the budget, which is told once and counted', async () => {
  const { plan, diagnostics } = compile({ file: 'full.mill', text: TEXT });
  expect(diagnostics).toEqual([]);
  for (const workerCount of [0, 2]) {
    const memory = new MemoryConnector({ arrivalClock: 'recorded' });
    const warnings: JobWarning[] = [];
    const job = startJob({
      plan: plan!,
      connectors: new Map([['memory', memory]]),
      stateDirectory: null,
      workerCount,
      onWarning: warning => warnings.push(warning),
      signal: new AbortController().signal,
    });
    const event = (device: string, x: number, ms: number) => ({ device, x, ts: FIRST_MS + ms });
    const events = [...Array(1_200).keys()].flatMap(i => [event('a', 1, i), event('b', i < 500 ? 1 : 0, i)]);
    const channel = memory.channel('s');
    await channel.push([...events, event('a', -1, 1_200), event('b', -1, 1_200)], {
      arrivalUs: (FIRST_MS + 2_000) * 1000,
    });
    channel.end();
    await job.done;
    expect(warnings).toEqual([
      {
        code: 'MR4040',
        message:
          'pairs: more than 1,000 matches of device "a" have begun and are not complete, ' +
          'at 2023-11-14T22:13:21.000Z; the oldest was dropped',
        hint: 'let fewer events begin a match, each be over sooner (`within`), or more of them wait (`max 5000 partial`); further ones are counted',
      },
    ]);
    expect((await job.metrics()).droppedMatches).toEqual({ pairs: 200, strict: 0 });
    expect((await job.metrics()).rows).toEqual({ pairs: 1_500, strict: 1 });
  }
});

it('so do rows that wait in a join', async () => {
  const { plan, diagnostics } = compile({
    file: 'full.mill',
    text: `
      stream s from memory "s" json { key device: symbol  x: float  time ts as ms }
      stream t from memory "t" json { key device: symbol  y: float  time ts as ms }
      stream both = from s left join t within 1h after select x, y
      route both to memory "rows"`,
  });
  expect(diagnostics).toEqual([]);
  const memory = new MemoryConnector({ arrivalClock: 'recorded', capacity: 20_000 });
  const warnings: JobWarning[] = [];
  const job = startJob({
    plan: plan!,
    connectors: new Map([['memory', memory]]),
    stateDirectory: null,
    onWarning: warning => warnings.push(warning),
    signal: new AbortController().signal,
  });
  const events = [...Array(10_050).keys()].map(i => ({ device: 'a', x: i, ts: FIRST_MS + i }));
  const arrivalUs = (FIRST_MS + 20_000) * 1000;
  await memory.channel('s').push(events, { arrivalUs });
  await memory.channel('t').push([{ device: 'a', y: 1, ts: FIRST_MS + 10_100 }], { arrivalUs });
  memory.channel('s').end();
  memory.channel('t').end();
  await job.done;
  expect(warnings).toEqual([
    {
      code: 'MR4028',
      message:
        'both: more than 10,000 rows of device "a" wait for partners, at 2023-11-14T22:13:30.000Z; the oldest was dropped',
      hint: 'join within a shorter time, or fewer events: a window in front of the join has one row for many; further ones are counted',
    },
  ]);
  expect((await job.metrics()).droppedMatches).toEqual({ both: 50 });
  expect((await job.metrics()).rows).toEqual({ both: 10_000 });
});
