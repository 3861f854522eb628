import { beforeAll, expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { runJob } from '../../engine/runtime/job.ts';
import type { JobWarning } from '../../engine/runtime/job-options.ts';
import type { StateBudgets } from '../../engine/runtime/state-budget.ts';

const DEVICES = 200;
const READINGS = 40_000;

/** The range of `averaged` takes most, that of `counted` less, `hot` next to nothing. */
const RULES = `
stream motor from memory "motor" json { key device: symbol  temp: float degC  time ts as ms }
rule averaged on motor { low when avg(temp, 1h) > 84 degC }
rule counted on motor { low when max(temp, 1m) > 99 degC }
rule hot on motor { high when temp > 90 degC for 5s  clear when temp < 70 degC for 10s }
`;

let whole: readonly AlertChange[];
beforeAll(async () => {
  whole = (await run({ workerCount: 0 })).alerts;
});

it.each([0, 2])('with %i workers, a rule over its budget is paused, and the others go on', async workerCount => {
  const { alerts, warnings } = await run({ workerCount, budgets: { ruleBytes: 150_000, totalBytes: Infinity } });
  expect(warnings.map(({ code }) => code)).toEqual(['MR6010']);
  expect(warnings[0]!.message).toMatch(/^rule averaged is paused: its state takes [\d.]+ MB, .* its budget of 0.1 MB$/);
  for (const rule of ['hot', 'counted']) {
    expect(ofRule(alerts, rule)).toEqual(ofRule(whole, rule));
    expect(ofRule(alerts, rule).length).toBeGreaterThan(100);
  }
  expect(ofRule(alerts, 'averaged').length).toBeLessThan(ofRule(whole, 'averaged').length);
});

it.each([0, 2])('with %i workers, over the budget of all it is the largest alone that is paused', async workerCount => {
  const { alerts, warnings } = await run({ workerCount, budgets: { ruleBytes: Infinity, totalBytes: 500_000 } });
  expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/^rule averaged .* for all rules$/)]);
  expect(ofRule(alerts, 'counted')).toEqual(ofRule(whole, 'counted'));
});

it('budgets that nothing passes change nothing', async () => {
  const { alerts, warnings } = await run({ workerCount: 0, budgets: { ruleBytes: 1e9, totalBytes: 1e9 } });
  expect(warnings).toEqual([]);
  for (const rule of ['hot', 'counted', 'averaged']) expect(ofRule(alerts, rule)).toEqual(ofRule(whole, rule));
});

async function run(options: { readonly workerCount: number; readonly budgets?: StateBudgets }) {
  const { plan, diagnostics } = compile({ file: 'motors.mill', text: RULES });
  expect(diagnostics).toEqual([]);
  const memory = new MemoryConnector({ capacity: 200 }); // so a round has no more: what state takes is told now and then
  const alerts: AlertChange[] = [];
  const warnings: JobWarning[] = [];
  const connectors = new Map([['memory', memory]]);
  const { signal } = new AbortController();
  const onAlert = (change: AlertChange): unknown => alerts.push(change);
  const onWarning = (warning: JobWarning): unknown => warnings.push(warning);
  await Promise.all([runJob({ plan: plan!, connectors, onAlert, onWarning, signal, ...options }), feed(memory)]);
  return { alerts, warnings };
}

async function feed(memory: MemoryConnector): Promise<void> {
  const channel = memory.channel('motor');
  for (let i = 0; i < READINGS; i++) {
    const device = i % DEVICES;
    await channel.push([{ device: `m${device}`, temp: 80 + 20 * Math.sin(i / 3_000 + device), ts: i * 100 }]);
  }
  channel.end();
}

/** By device: how devices follow each other depends on how the input falls into rounds. */
function ofRule(alerts: readonly AlertChange[], rule: string): AlertChange[] {
  const nameOf = ({ key }: AlertChange) => String(key['device']);
  return alerts.filter(change => change.rule === rule).sort((a, b) => nameOf(a).localeCompare(nameOf(b))); // stable
}
