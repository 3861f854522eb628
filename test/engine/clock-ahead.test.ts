import { expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { runJob, type Summary } from '../../engine/runtime/job.ts';

const MINUTE_US = 60e6;
const START_US = 1e15;

/** Two hours of a reading each second. For a minute the device's clock is ahead by ten; in the second hour it is hot. */
async function run(clauses: string): Promise<{ readonly raised: readonly number[]; readonly summary: Summary }> {
  const text = `stream motor from memory "motor" json { key device: symbol  temp: float degC  time ts as us  ${clauses} }
    rule hot on motor { high when temp > 80 degC for 1m }`;
  const { plan } = compile({ file: 'rules.mill', text });
  const memory = new MemoryConnector({ arrivalClock: 'recorded', capacity: 10_000 });
  const channel = memory.channel('motor');
  for (let second = 0; second < 7_200; second++) {
    const arrivalUs = START_US + second * 1e6;
    const aheadUs = second >= 600 && second < 660 ? 10 * MINUTE_US : 0;
    const temp = second < 3_600 ? 70 : 90;
    await channel.push([{ device: 'm1', temp, ts: arrivalUs + aheadUs }], { arrivalUs });
  }
  channel.end();
  const changes: AlertChange[] = [];
  const summary = await runJob({
    plan: plan!,
    connectors: new Map([['memory', memory]]),
    onAlert: change => changes.push(change),
    signal: new AbortController().signal,
  });
  return { raised: changes.map(({ timeUs }) => (timeUs - START_US) / 1e6), summary };
}

it.each(['', 'lateness 5s', 'lateness 2m', 'idle never', 'idle 5s  lateness 5s'])(
  'a clock that was ahead for a minute makes late what lies behind it, and nothing more: %s',
  async clauses => {
    const { raised, summary } = await run(clauses);
    expect(raised).toEqual([3_660]);
    expect(summary.late).toBeLessThanOrEqual(600);
  },
);
