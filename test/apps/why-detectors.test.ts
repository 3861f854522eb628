import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { noise } from '../oracle/noise.ts';
import { jsonLines, millrace } from './millrace.ts';

vi.setConfig({ testTimeout: 60_000 });

const RULES = `stream m from file "m.csv" csv { key pump: symbol  flow: float L/min  pressure: float bar  level: float m  time at as iso }
store m
rule odd on m { medium when anomaly(flow, pressure, level) rarer than 1 per 1h  clear after 1m  message "{pump}: {anomaly(flow, pressure, level) argument}" }
rule apart on m { low when mahalanobis(flow, pressure, level, 10m) > 12 and flow > 0 L/min  clear after 1m }
rule far on m { info when abs(zscore(level, 5m)) > 6  clear after 1m }
`;

/** Flow and pressure go together; at the end the pressure alone is as if the flow were much less. Level is by itself. */
function readings(): string {
  const { gauss } = noise(3);
  const lines = Array.from({ length: 420 }, (_, i) => {
    const flow = 100 + 10 * gauss();
    const pressure = (i < 400 ? flow : 80) / 20 + gauss() / 50;
    const at = new Date(Date.UTC(2026, 0, 1) + i * 1_000).toISOString();
    return ['p1', i < 400 ? flow : 120, pressure, 2 + gauss() / 10, at].join(',');
  });
  return `pump,flow,pressure,level,at\n${lines.join('\n')}\n`;
}

describe('an alert of a detector of several values', () => {
  let cwd: string;
  let alerts: ReturnType<typeof jsonLines>;

  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'millrace-why-'));
    const files = { 'rules.mill': RULES, 'm.csv': readings(), 'millrace.yaml': 'store: duckdb:plant.duckdb\n' };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    const run = millrace(['run', 'rules.mill', '--json'], { cwd });
    expect(run.code, run.err).toBe(0);
    alerts = jsonLines(run.out);
  });

  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  const raised = (rule: string) => alerts.find(alert => alert['rule'] === rule && alert['change'] === 'raised')!;
  const why = (alert: object, ...words: string[]) => {
    const { code, out, err } = millrace(['why', '-', 'rules.mill', ...words], { cwd, input: JSON.stringify(alert) });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out;
  };

  test('carries the value that is the most unusual', () => {
    const { values } = raised('odd') as unknown as { readonly values: Readonly<Record<string, unknown>> };
    expect(values).toMatchObject({
      'anomaly(flow, pressure, level) argument': expect.stringMatching(/^(flow|pressure)$/),
    });
    expect(raised('apart')['values']).toMatchObject({
      'mahalanobis(flow, pressure, level, 10m) argument': expect.any(String),
    });
  });

  test('is told with it, and as the rule says it', () => {
    const told = why(raised('odd'));
    expect(told).toMatch(
      /anomaly\(flow, pressure, level\) rarer than 1 per 1h: anomaly\(flow, pressure, level\) was 1 per \w+, the most unusual was (flow|pressure)\n/,
    );
    expect(told).toMatch(
      /^00:06:\d\d {2}anomaly\(flow, pressure, level\) 1 per \w+, the most unusual (flow|pressure) {2}medium holds from here$/m,
    );
    expect(told).not.toContain('period');
    const out = why(raised('apart'));
    expect(out).toMatch(
      /mahalanobis\(flow, pressure, level, 10m\) > 12: mahalanobis.* was [\d.]+, the most unusual was (flow|pressure)\n/,
    );
    expect(out).toContain('flow > 0 L/min: flow was 120 L/min');
  });

  test('as JSON has it among the values of the part', () => {
    const [told] = jsonLines(why(raised('odd'), '--json'));
    expect(JSON.stringify(told)).toMatch(/"the most unusual":"(flow|pressure)"/);
    expect(told).toMatchObject({ is_same: true });
  });

  test('is raised again from the store, whose whole past is read, for that is what a detector has learnt', () => {
    expect(why(raised('odd'))).toContain('run again over the stored series m.');
    expect(why(raised('odd'))).not.toContain('raises nothing');
  });
});
