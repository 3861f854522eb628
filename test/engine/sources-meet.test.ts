import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import { MAX_WAITING_ROWS } from '../../engine/runtime/arrival-merge.ts';
import { runJob } from '../../engine/runtime/job.ts';

const JOINED = `
stream s from memory "s" { key device: symbol  value: float }
stream t from memory "t" { key device: symbol  value: float }
stream changes = from s as l left join t as r latest select l.value as rule`;
const RULES = `
stream s from memory "s" { key device: symbol  value: float }
stream t from memory "t" { key device: symbol  value: float }
rule up_s on s { high when value > 0 }
rule up_t on t { high when value > 0 }
stream changes = from alerts select rule`;
/** More than what may wait, with the rounds that are under way when that is known. */
const EVENTS = MAX_WAITING_ROWS + 6 * 8_192;

it.each([
  ['alerts', RULES, { up_s: EVENTS, up_t: 1 }],
  ['rows', JOINED, { 1: EVENTS / 2, [-1]: EVENTS / 2 }],
])(
  'a source that is far ahead of another is not read on until that has come as far: %s',
  async (_, text, expected) => {
    const { plan, diagnostics } = compile({ file: 'meet.mill', text });
    expect(diagnostics).toEqual([]);
    const connector = new MemoryConnector({ capacity: 2 * EVENTS, arrivalClock: 'recorded' });
    const [ahead, behind] = [connector.channel('s'), connector.channel('t')];
    const warnings: string[] = [];
    const rows = new Map<unknown, number>();
    const running = runJob({
      plan: plan!,
      connectors: new Map([['memory', connector]]),
      rowStreams: ['changes'],
      signal: new AbortController().signal,
      onWarning: ({ code }) => warnings.push(code),
      onRows: batch => {
        for (const { values } of batch.rows) rows.set(values['rule'], (rows.get(values['rule']) ?? 0) + 1);
      },
    });
    for (let i = 0; i < EVENTS; i++)
      await ahead.push([{ device: 'a', value: i % 2 === 0 ? 1 : -1 }], { arrivalUs: 1_000 + i });
    let size: number;
    do {
      size = ahead.size;
      await sleep(100);
    } while (ahead.size !== size || warnings.length === 0);
    expect(size).toBeGreaterThan(0);
    expect(rows.size).toBe(0);
    await behind.push([{ device: 'a', value: 1 }], { arrivalUs: 2_000 });
    await behind.tick(1_000 + EVENTS);
    ahead.end();
    behind.end();
    await running;
    expect(warnings).toEqual(['MR4027']);
    expect(Object.fromEntries(rows)).toEqual(expected);
  },
  120_000,
);
