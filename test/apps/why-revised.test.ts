import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { jsonLines, millrace } from './millrace.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const RULES = `stream m from file "m.csv" { key device: symbol  temp: float degC  time at as iso }
store m
stream m_1m = from m window tumbling 1m select max(temp) as top, min(temp) as low revise within 7d
rule hot on m_1m { high when top > 90 degC  clear when top < 80 degC }
rule cold on m_1m { low when low < 20 degC and top < 50 degC  clear when low > 30 degC }
`;

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-why-revised-'));
  const files = { 'rules.mill': RULES, 'm.csv': readings(), 'millrace.yaml': 'store: duckdb:plant.duckdb\nrules: .\n' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  expect(millrace(['run', 'rules.mill', '--json', '--state', 'state'], { cwd })).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test('an alert that late data raised is told with what came late, and when', () => {
  const told = why('hot');
  expect(told).toContain('00:03:00  ● raised, high');
  expect(told).toContain('top > 90 degC: top was 95 degC');
  expect(told).toContain('00:04:00  ○ cleared, high');
  expect(told).toContain(
    'Late data brought it about: one event of m, of 2026-01-01 00:03:10, which arrived at 2026-01-01 00:20:00.',
  );
  expect(told).not.toContain('and not this alert');
  const [line] = jsonLines(why('hot', '--json'));
  expect(line).toMatchObject({
    is_same: true,
    late: {
      part: 'raised',
      events: [{ stream: 'm', count: 1, first: '2026-01-01T00:03:10.000Z', arrived_to: '2026-01-01T00:20:00.000Z' }],
    },
  });
});

test('an alert that was told before is told as it was, with the comment and what came late', () => {
  const told = why('cold');
  expect(told).toContain('● raised, low');
  expect(told).toMatch(/● commented, low by millrace: “in the light of late events, it would not have been raised”/);
  expect(told).toContain(
    'Late data has changed what it rests on: 2 events of m, of 2026-01-01 00:10:20 … 2026-01-01 00:10:30',
  );
});

function why(rule: string, ...more: string[]): string {
  const query = `SELECT DISTINCT id FROM alerts WHERE rule = '${rule}'`;
  const [alert] = jsonLines(millrace(['query', query, '--json'], { cwd }).out);
  const { code, out, err } = millrace(['why', String(alert!['id']), 'rules.mill', ...more], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** One every 20 s for 20 minutes, cold for one of them; then three that are late, and a few more. */
function readings(): string {
  const row = (s: number, temp: number) => `${new Date(Date.UTC(2026, 0, 1) + s * 1_000).toISOString()},d1,${temp}`;
  const inOrder = Array.from({ length: 61 }, (_, i) => row(i * 20, i >= 30 && i < 33 ? 10 : 60));
  const late = [row(190, 95), row(620, 55), row(630, 55)];
  return `at,device,temp\n${[...inOrder, ...late, row(1_220, 60), row(1_400, 60)].join('\n')}\n`;
}
