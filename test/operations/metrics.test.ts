import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METRICS } from '../../apps/server/metrics/metrics-table.ts';
import { ServerMetrics } from '../../apps/server/metrics/server-metrics.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import { startJob } from '../../engine/runtime/job.ts';
import type { JobMetrics } from '../../engine/runtime/metrics/job-metrics.ts';
import { NO_METRICS } from '../../engine/runtime/metrics/job-metrics.ts';
import { parseOpenMetrics, type ScrapedSample } from './open-metrics.ts';

const FIRST_MS = 1_700_000_000_000;
const PAGE = new URL('../../docs/operations/metrics.md', import.meta.url);

it('a scrape has what the job counts, and other rules count on', async () => {
  const metrics = new ServerMetrics({
    version: '1.2.3',
    logged: () => [{ level: 'warn', code: 'MR5101', count: 3 }],
    maxLabelNames: 500,
  });
  expect(valueOf(await scrape(metrics), 'millrace_job_running', {})).toBe(0);
  const memory = new MemoryConnector();
  for (const [run, rules] of ['high', 'high and_more'].entries()) {
    const connectors = new Map([['memory', memory]]);
    const ending = new AbortController();
    const job = startJob({ plan: planOf(rules.split(' ')), connectors, signal: ending.signal });
    await metrics.follow(job);
    await memory.channel('s').push([2, 0, 3, 0].map((x, i) => event(x, run * 10 + i)));
    const count = async () => valueOf(await scrape(metrics), 'millrace_events_total', { stream: 's' });
    await expect.poll(count, { timeout: 20_000 }).toBe((run + 1) * 4);
    const samples = await scrape(metrics);
    expect(valueOf(samples, 'millrace_info', { version: '1.2.3' })).toBe(1);
    expect(valueOf(samples, 'millrace_job_running', {})).toBe(1);
    expect(valueOf(samples, 'millrace_rules', {})).toBe(run + 1);
    expect(valueOf(samples, 'millrace_log_messages_total', { level: 'warn', code: 'MR5101' })).toBe(3);
    const raised = { rule: 'high', change: 'raised', severity: 'high' };
    expect(valueOf(samples, 'millrace_alert_changes_total', raised)).toBe((run + 1) * 2);
    expect(valueOf(samples, 'millrace_open_alerts', { rule: 'high', severity: 'high' })).toBe(0);
    expect(valueOf(samples, 'millrace_sink_written_rows_total', { sink: 'memory alerts' })).toBe(run === 0 ? 4 : 12);
    expect(valueOf(samples, 'process_cpu_seconds_total', {})).toBeGreaterThan(0);
    ending.abort();
    await job.done;
  }
  expect(valueOf(await scrape(metrics), 'millrace_job_running', {})).toBe(0);
});

it('rules beyond the limit are told together, and what the plan does not have any more is forgotten', async () => {
  const metrics = new ServerMetrics({ version: '1', logged: () => [], maxLabelNames: 2 });
  const jobOf = (rules: readonly string[]): JobMetrics => ({
    ...NO_METRICS,
    rules: Object.fromEntries(
      rules.map(name => [
        name,
        { changes: { raised: { high: 5 } }, open: { high: 1 }, stateBytes: 100, seconds: 1, isPaused: name === 'd' },
      ]),
    ),
  });
  const follow = async (rules: readonly string[]) =>
    await metrics.follow({ metrics: async () => jobOf(rules), opened: Promise.resolve(), done: new Promise(() => {}) });
  await follow(['a', 'b', 'c', 'd']);
  const first = await scrape(metrics);
  const raised = (rule: string) => ({ rule, change: 'raised', severity: 'high' });
  expect(valueOf(first, 'millrace_alert_changes_total', raised('a'))).toBe(5);
  expect(valueOf(first, 'millrace_alert_changes_total', raised('other'))).toBe(10);
  expect(valueOf(first, 'millrace_open_alerts', { rule: 'other', severity: 'high' })).toBe(2);
  expect(first.filter(({ name }) => name === 'millrace_rule_state_bytes')).toHaveLength(3);
  await follow(['b', 'e']);
  const second = await scrape(metrics);
  expect(valueOf(second, 'millrace_alert_changes_total', raised('b'))).toBe(10);
  expect(valueOf(second, 'millrace_alert_changes_total', raised('e'))).toBe(5);
  expect(valueOf(second, 'millrace_alert_changes_total', raised('other'))).toBe(10); // what was there does not fall
  expect(valueOf(second, 'millrace_alert_changes_total', raised('a'))).toBeUndefined();
});

it('the page of metrics lists them all, as they are', () => {
  const rows = METRICS.map(({ name, kind, labels, help }) => {
    const shown = kind === 'counter' ? `${name}_total` : name;
    return `| \`${shown}\` | ${kind} | ${labels.map(label => `\`${label}\``).join(', ')} | ${help} |`;
  });
  const table = ['| metric | kind | labels | what it says |', '|---|---|---|---|', ...rows].join('\n');
  const text = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  const found = /^\| metric \|[\s\S]*?\n(?!\|)/m.exec(`${text}\n`)?.[0].trimEnd();
  if (process.env['UPDATE'] === '1') writeFileSync(PAGE, text.replace(found!, table));
  else expect(found).toBe(table);
});

it('names follow the conventions of Prometheus', () => {
  for (const { name, kind } of METRICS) {
    expect(name).toMatch(/^(millrace|process)_[a-z_]+$/);
    expect(name).not.toMatch(/_total$|milli|micro|_ms\b|_us\b/);
    if (kind === 'counter' && /second|byte/.test(name)) expect(name).toMatch(/_(seconds|bytes)$/);
  }
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
});

function planOf(rules: readonly string[]) {
  const text = `
    stream s from memory "s" json { x: float  time ts as ms }
    ${rules.map(rule => `rule ${rule} on s { high when x > 1 }`).join('\n')}
    route alerts to memory "alerts"
  `;
  const { plan, diagnostics } = compile({ file: 'metrics.mill', text });
  expect(diagnostics).toEqual([]);
  return plan!;
}

function event(x: number, seconds: number) {
  return { x, ts: FIRST_MS + seconds * 1000 };
}

async function scrape(metrics: ServerMetrics): Promise<ScrapedSample[]> {
  return parseOpenMetrics(await metrics.text());
}

function valueOf(samples: readonly ScrapedSample[], name: string, labels: Readonly<Record<string, string>>) {
  const isWanted = (sample: ScrapedSample) =>
    sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
  return samples.find(isWanted)?.value;
}
