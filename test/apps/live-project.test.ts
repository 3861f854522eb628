import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedNats, sharedQuestDb } from '../services/servers.ts';
import { folderWith, jsonLines, millrace } from './millrace.ts';

const env = { MILLRACE_NATS_URL: await sharedNats(), MILLRACE_QUESTDB_URL: await sharedQuestDb() };

test('the project of `new`, live: alerts in NATS and series in QuestDB, as README.md has it', {
  timeout: 120_000,
}, async () => {
  const folder = folderWith({});
  expect(millrace(['new', 'plant'], { cwd: folder })).toMatchObject({ code: 0, err: '' });
  const cwd = join(folder, 'plant');
  for (const file of ['live.mill', 'alerts.mill']) rename(join(cwd, file));
  const run = (commandLine: string) => {
    const result = millrace(commandLine.split(' '), { cwd, env });
    expect({ code: result.code, err: result.err }, commandLine).toEqual({ code: 0, err: '' });
    return result.out;
  };

  expect(run('setup live.mill --apply')).toContain('4 done');
  const published = run('publish readings.csv --to nats --rules live.mill --now --json');
  const { messages, moved_us: movedUs } = jsonLines(published).at(-1)!;
  expect(messages).toBe(480);

  const alerts = alertsIn(run('run live.mill --store questdb --state .millrace --once --json'));
  const ofFile = alertsIn(run('run pumps.mill --json'));
  expect(alerts.length).toBeGreaterThan(2);
  expect(alerts).toEqual(ofFile.map(({ timeMs, ...alert }) => ({ ...alert, timeMs: timeMs + Number(movedUs) / 1000 })));

  const shown = run('run alerts.mill --once').split('\n');
  expect(shown.filter(line => line.includes('rule=overheating'))).toHaveLength(alerts.length);

  await expect.poll(() => query('select count() from ready_pump where late = 0'), APPLIED).toEqual([[480]]);
  const panes = "select count(), sum(n) from ready_pump_1m where pump = 'north'";
  await expect.poll(() => query(panes), APPLIED).toEqual([[19, 228]]); // the last minute is open
});

const APPLIED = { timeout: 20_000 };

/** The servers are shared, so streams and subjects get names of their own. */
function rename(path: string): void {
  const text = readFileSync(path, 'utf8')
    .replaceAll(/\b(stream|store|on|from) pump/g, '$1 ready_pump')
    .replaceAll('"plant.', '"ready_plant.')
    .replaceAll('"alerts.', '"ready_alerts.');
  writeFileSync(path, text);
}

function alertsIn(out: string) {
  return jsonLines(out)
    .filter(({ type }) => type === 'alert')
    .map(({ key, level, change, message, time }) => ({
      key,
      level,
      change,
      message,
      timeMs: Date.parse(String(time)),
    }));
}

/** Rows are seen when QuestDB has applied them. */
async function query(sql: string): Promise<unknown> {
  const response = await fetch(`${env.MILLRACE_QUESTDB_URL}/exec?query=${encodeURIComponent(sql)}`);
  return ((await response.json()) as { readonly dataset?: unknown }).dataset;
}
