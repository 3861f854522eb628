import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnectors } from '../../connectors/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import type { Connector } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';
import { FaultyDisk } from '../connectors/journals.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { runJob, type Summary } from '../../engine/runtime/job.ts';
import type { StateBudgets } from '../../engine/runtime/state-budget.ts';

const EVENTS = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'millrace-job-'));

const RULES = `
stream motor from file "motor.csv" csv { key device: symbol  temp: float degC  time ts as ms }
stream motor_1m = from motor window tumbling 1m select avg(temp) as mean, count() as n
rule hot on motor { high when temp > 90 degC for 5s  clear when temp < 70 degC for 10s }
route motor_1m to file "rows.ndjson"
route alerts to file "alerts.ndjson"
`;

beforeAll(() => {
  const lines = ['device,temp,ts'];
  for (let i = 0; i < EVENTS; i++)
    lines.push(`m${i % 7},${(80 + 20 * Math.sin(i / 900 + (i % 7))).toFixed(3)},${1_700_000_000_000 + i * 100}`);
  writeFileSync(join(folder, 'motor.csv'), `${lines.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run with a state folder', () => {
  it('that is stopped several times writes what an undisturbed one writes', async () => {
    const whole = await runIn('whole', { stops: [] });
    expect(whole.summary).toMatchObject({ events: EVENTS, late: 0, rejected: 0 });
    expect(whole.alerts.length).toBeGreaterThan(10);
    const stopped = await runIn('stopped', { stops: [1, 5_000, 20_000, 59_000] });
    expect(stopped.alerts).toEqual(whole.alerts);
    expect(stopped.rows).toEqual(whole.rows);
    expect(stopped.events).toBe(EVENTS);
  });

  it('goes on under other rules with what fits them, and says that some of it does not', async () => {
    const stateDirectory = join(folder, 'other', 'state');
    await run(planIn('other'), { stateDirectory, stopAt: 20_000 });
    const warnings: string[] = [];
    const onWarning = ({ code }: { readonly code: string }) => warnings.push(code);
    const changed = compileIn(
      'other',
      RULES.replace('for 5s', 'for 6s').replace('window tumbling 1m', 'window tumbling 2m'),
    );
    const { events } = await run(changed, { stateDirectory, onWarning });
    expect(events).toBeLessThan(EVENTS);
    expect(warnings).toEqual(['MR6007']);
  });

  it('passes over a damaged checkpoint for the one before it', async () => {
    const whole = await runIn('whole-again', { stops: [] });
    const damaged = await runIn('damaged', { stops: [10_000, 30_000], afterStop: damage });
    expect(damaged.alerts).toEqual(whole.alerts);
    expect(damaged.rows).toEqual(whole.rows);
  });

  it('a rule that was paused stays so until it may take more', async () => {
    const stateDirectory = join(folder, 'paused', 'state');
    const warningsOf = async (ruleBytes: number, stopAt: number): Promise<string[]> => {
      const warnings: string[] = [];
      const onWarning = ({ code }: { readonly code: string }) => warnings.push(code);
      const budgets = { ruleBytes, totalBytes: Infinity };
      await run(planIn('paused'), { stateDirectory, stopAt, onWarning, budgets });
      return warnings;
    };
    expect(await warningsOf(1, 1)).toEqual(['MR6010']);
    const alerts = linesOf('paused', 'alerts.ndjson');
    expect(await warningsOf(1, 1)).toEqual([]);
    expect(linesOf('paused', 'alerts.ndjson')).toEqual(alerts);
    expect(await warningsOf(1e9, Infinity)).toEqual([]);
    expect(linesOf('paused', 'alerts.ndjson').length).toBeGreaterThan(alerts.length);
  });

  it('keeps what its sources gave before they fell silent', async () => {
    const memory = new MemoryConnector({ arrivalClock: 'recorded' });
    const { plan } = compile({ file: 'quiet.mill', text: 'stream s from memory "s" json { x: float  time ts as ms }' });
    const controller = new AbortController();
    await memory.channel('s').push([{ x: 1, ts: 5 }], { arrivalUs: 5_000 });
    let savedCount = 0;
    const running = runJob({
      plan: plan!,
      connectors: new Map([['memory', memory]]),
      stateDirectory: join(folder, 'quiet', 'state'),
      checkpointEveryMs: 200, // the event is handled long before
      onCheckpoint: () => savedCount++,
      signal: controller.signal,
    });
    await expect
      .poll(() => savedCount, { timeout: 10_000 })
      .toBe(1)
      .finally(() => controller.abort());
    expect(await running).toMatchObject({ events: 1 });
  });

  it('keeps what a source gave before it failed for good', async () => {
    const memory = new MemoryConnector({ isReplayable: true, capacity: 1_000, arrivalClock: 'recorded' });
    const text = 'stream s from memory "s" json { x: float  time ts as ms }  route s to file "rows.ndjson"';
    mkdirSync(join(folder, 'failed'));
    const { plan } = compile({ file: join(folder, 'failed', 'rules.mill'), text });
    await memory.channel('s').push(
      Array.from({ length: 300 }, (_, i) => ({ x: i, ts: i })),
      { arrivalUs: 5_000 },
    );
    const failing: Connector = {
      name: 'memory',
      openSource: async options => {
        const source = await memory.openSource(options);
        let reads = 0;
        const read: typeof source.read = async ({ signal }) => {
          if (reads++ === 3) throw new MillraceError('MR5016', 'it is gone', { domain: 'external' });
          return await source.read({ maxEvents: 10, signal });
        };
        const { arrivalClock } = source;
        return { arrivalClock, read, acknowledge: async () => {}, close: () => source.close() };
      },
    };
    const connectors = createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } });
    const run = (memory: Connector) =>
      runJob({
        plan: plan!,
        connectors: new Map([...connectors, ['memory', memory]]),
        stateDirectory: join(folder, 'failed', 'state'),
        signal: new AbortController().signal,
      });
    await expect(run(failing)).rejects.toMatchObject({ code: 'MR5016' });
    expect(linesOf('failed', 'rows.ndjson')).toHaveLength(30 + 1);
    memory.channel('s').end();
    expect(await run(memory)).toMatchObject({ events: 300 - 30 });
    expect(linesOf('failed', 'rows.ndjson')).toHaveLength(300 + 1);
  });

  it('tries again to keep it after a checkpoint that failed, though they stay silent', async () => {
    const memory = new MemoryConnector({ arrivalClock: 'recorded' });
    const { plan } = compile({ file: 'quiet.mill', text: 'stream s from memory "s" json { x: float  time ts as ms }' });
    const controller = new AbortController();
    await memory.channel('s').push([{ x: 1, ts: 5 }], { arrivalUs: 5_000 });
    const disk = new FaultyDisk();
    let failures = 3;
    disk.fault = call => (call === 'sync' && failures-- > 0 ? 'ENOSPC' : null);
    const warnings: string[] = [];
    let savedCount = 0;
    const running = runJob({
      plan: plan!,
      connectors: new Map([['memory', memory]]),
      platform: { ...createNodePlatform(), disk },
      stateDirectory: join(folder, 'quiet-and-full', 'state'),
      checkpointEveryMs: 50,
      onCheckpoint: () => savedCount++,
      onWarning: ({ code }) => warnings.push(code),
      signal: controller.signal,
    });
    await expect
      .poll(() => savedCount, { timeout: 10_000 })
      .toBe(1)
      .finally(() => controller.abort());
    expect(await running).toMatchObject({ events: 1 });
    expect(failures).toBeLessThan(0);
    expect(warnings).toEqual(['MR6002']);
  });

  it('says so where no checkpoint is left', async () => {
    const stateDirectory = join(folder, 'lost', 'state');
    await run(planIn('lost'), { stateDirectory, stopAt: 1 });
    for (const file of readdirSync(stateDirectory)) writeFileSync(join(stateDirectory, file), 'garbage');
    await expect(run(planIn('lost'), { stateDirectory })).rejects.toMatchObject({ code: 'MR6003' });
  });
});

type RunIn = { readonly stops: readonly number[]; readonly afterStop?: (stateDirectory: string) => void };

async function runIn(name: string, { stops, afterStop }: RunIn) {
  const plan = planIn(name);
  const stateDirectory = join(folder, name, 'state');
  let handled = 0;
  for (const stopAt of stops) {
    handled += (await run(plan, { stateDirectory, stopAt: stopAt - handled })).events;
    if (stopAt !== stops[0]) afterStop?.(stateDirectory);
  }
  const summary = await run(plan, { stateDirectory });
  return {
    summary,
    events: handled + summary.events,
    rows: linesOf(name, 'rows.ndjson'),
    alerts: linesOf(name, 'alerts.ndjson'),
  };
}

/** Runs until `stopAt` events have been handled, or to the end. */
async function run(
  plan: Plan,
  options: {
    readonly stateDirectory: string;
    readonly stopAt?: number;
    readonly onWarning?: (warning: { readonly code: string }) => void;
    readonly budgets?: StateBudgets;
  },
): Promise<Summary> {
  const controller = new AbortController();
  const connectors = createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } });
  return await runJob({
    plan,
    connectors,
    stateDirectory: options.stateDirectory,
    ...(options.onWarning === undefined ? {} : { onWarning: options.onWarning }),
    budgets: options.budgets,
    sources: { motor: { connector: 'file', address: 'motor.csv', directory: folder } },
    onProgress: ({ events }) => {
      if (events >= (options.stopAt ?? Infinity)) controller.abort();
    },
    signal: controller.signal,
  });
}

function planIn(name: string): Plan {
  mkdirSync(join(folder, name), { recursive: true });
  return compileIn(name, RULES);
}

function compileIn(name: string, text: string): Plan {
  const { plan, diagnostics } = compile({ file: join(folder, name, 'rules.mill'), text });
  expect(diagnostics).toEqual([]);
  return plan!;
}

function damage(stateDirectory: string): void {
  const file = join(
    stateDirectory,
    readdirSync(stateDirectory)
      .filter(name => /^checkpoint-\d+$/.test(name))
      .sort()
      .at(-1)!,
  );
  const bytes = readFileSync(file);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(file, bytes);
}

function linesOf(name: string, file: string): string[] {
  return readFileSync(join(folder, name, file), 'utf8').split('\n');
}
