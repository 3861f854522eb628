import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { METRICS } from '../../apps/server/metrics/metrics-table.ts';
import { ServerMetrics } from '../../apps/server/metrics/server-metrics.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import { startJob } from '../../engine/runtime/job.ts';
import { startPrometheus } from './prometheus.ts';
import { metricsIn, wrongNames } from './promql-names.ts';

type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly refId: string }[];
};
type Dashboard = {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string }[] };
};

const text = readFileSync(new URL('../../docs/operations/grafana-dashboard.json', import.meta.url), 'utf8');
const dashboard = JSON.parse(text) as Dashboard;
const targets = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(target => ({ title, ...target })));

it('panels name metrics and labels that there are, and none lies on another', () => {
  for (const { title, expr, legendFormat } of targets) {
    const sent = asGrafanaSends(expr);
    expect(wrongNames(sent), title).toEqual([]);
    const labels = new Set(METRICS.flatMap(({ labels }) => labels as readonly string[]));
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      expect(label === 'instance' || labels.has(label!), `${title}: ${label}`).toBe(true);
    }
  }
  const variables = new Set([...text.matchAll(/\$\{?(\w+)\}?/g)].map(([, name]) => name!));
  const known = [...dashboard.templating.list.map(({ name }) => name), '__rate_interval'];
  expect([...variables].filter(name => !known.includes(name))).toEqual([]);
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(x < 24 && !taken.has(`${x} ${y}`), title).toBe(true);
        taken.add(`${x} ${y}`);
      }
    }
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

it('every metric is on the dashboard', () => {
  const shown = new Set(targets.flatMap(({ expr }) => metricsIn(asGrafanaSends(expr))));
  const missing = METRICS.map(({ name, kind }) => (kind === 'counter' ? `${name}_total` : name));
  expect(missing.filter(name => !shown.has(name))).toEqual([]);
});

it('Prometheus scrapes a run, and answers each panel', async () => {
  const memory = new MemoryConnector({ arrivalClock: 'recorded' });
  const { plan } = compile({
    file: 'motors.mill',
    text: `
      stream motor from memory "motor" json { key device: symbol  temp: float degC  time ts as ms  unique by device, ts within 1m }
      stream motor_1m = from motor window tumbling 1m select avg(temp) as mean
      rule hot on motor { high when temp > 90 degC }
      route alerts to memory "alerts"
      route motor_1m to memory "rows"
    `,
  });
  const ending = new AbortController();
  const job = startJob({
    plan: plan!,
    connectors: new Map([['memory', memory]]),
    workerCount: 1,
    signal: ending.signal,
  });
  const metrics = new ServerMetrics({
    version: '1',
    logged: () => [{ level: 'warn', code: 'MR5101', count: 1 }],
    maxLabelNames: 500,
  });
  await metrics.follow(job);
  const server = createServer(async (_, response) => {
    response.setHeader('content-type', metrics.contentType).end(await metrics.text());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const prometheus = await startPrometheus(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const publishing = publish(memory, ending.signal);
    const count = async (expression: string) => await prometheus.query(expression);
    const scrapes = 'count_over_time(up{job="millrace"}[1m]) > 3 and on () up{job="millrace"} == 1';
    await expect.poll(() => count(scrapes), { timeout: 25_000, interval: 200 }).toBe(1);
    await expect.poll(() => count('millrace_rows_total > 0'), { timeout: 20_000 }).toBe(1);
    const unanswered: string[] = [];
    const scraped = new Set([...(await metrics.text()).matchAll(/^([a-z_]+)\{?/gm)].map(([, name]) => name!));
    for (const { title, expr } of targets) {
      const sent = asGrafanaSends(expr);
      const found = await count(sent);
      if (found === 0 && metricsIn(sent).every(name => scraped.has(name))) unanswered.push(`${title}: ${sent}`);
    }
    expect(unanswered).toEqual([]);
    ending.abort();
    await Promise.all([publishing, job.done]);
  } finally {
    await prometheus.stop();
    server.closeAllConnections();
    server.close();
  }
});

function asGrafanaSends(expression: string): string {
  return expression.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');
}

async function publish(memory: MemoryConnector, signal: AbortSignal): Promise<void> {
  const startMs = Date.now();
  for (let i = 0; !signal.aborted; i++) {
    const ts = startMs + i * 10_000; // ten seconds of the plant each time
    const event = { device: 'm1', temp: i % 3 === 0 ? 95 : 70, ts };
    const events = [event, event, { ...event, temp: 'hot' }, { ...event, ts: ts - 60_000 }];
    await memory.channel('motor').push(events, { arrivalUs: ts * 1000 });
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
