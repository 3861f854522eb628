import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../repository/tree.ts';
import { folderWith, jsonLines } from './millrace.ts';

/** `npm start` as somebody runs it, with two pumps. */
const STATION = '.millrace/pump-station-7-2';

test('a day at the pump station ends with a table, is then live, and is the same through kills', async () => {
  const whole = folderWith({});
  const straight = start(whole);
  await straight.said('The station goes on, live');
  const measurements = () => existsSync(join(whole, '.millrace/journal/host')); // of this machine
  await expect.poll(measurements, { timeout: 120_000 }).toBe(true);
  straight.child.kill('SIGINT');
  expect(await straight.ended).toBe(130);
  const table = tableOf(straight.out());
  expect(table).toMatch(/^dry_running +gw1 p0\d .* yes$/m);
  expect(table).toMatch(/^7 of 7 faults found in time$/m);
  expect(table).toMatch(/^0 false alarms/m);

  // Of one day: its beginning is written down once.
  const killed = folderWith({ 'millrace.yaml': 'checkpoint: { every: 100ms }\n' });
  mkdirSync(join(killed, STATION), { recursive: true });
  cpSync(join(whole, STATION, 'start.json'), join(killed, STATION, 'start.json'));
  for (const text of ['full speed', 'raised', 'bearing_wear', 'cleared   bearing_wear', 'What was wrong']) {
    const run = start(killed);
    await Promise.race([run.said(text), run.said('The station goes on')]);
    run.child.kill('SIGKILL');
    await run.ended;
    await run.closed; // what it had started is gone, too
  }
  const last = start(killed);
  await last.said('The station goes on, live');
  last.child.kill('SIGINT');
  expect(await last.ended).toBe(130);
  expect(tableOf(last.out())).toBe(table);

  const alerts = (folder: string) => jsonLines(readFileSync(join(folder, STATION, 'day-alerts.ndjson'), 'utf8'));
  expect(sorted(alerts(killed))).toEqual(sorted(alerts(whole)));
}, 300_000);

test('says what it does not understand', async () => {
  const run = start(folderWith({}), ['--pumps', 'many']);
  expect(await run.ended).toBe(2);
  expect(run.out()).toContain('--pumps and --seed are whole numbers');
});

type Started = {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly said: (text: string) => Promise<void>;
  readonly ended: Promise<number | null>;
  /** Nobody writes to its output any more. */
  readonly closed: Promise<void>;
};

function start(cwd: string, options = ['--pumps', '2']): Started {
  const child = spawn(process.execPath, [join(root, 'scripts/start.js'), ...options], { cwd });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let out = '';
  let changed = Promise.withResolvers<void>();
  const hear = (chunk: Buffer) => {
    out += chunk;
    changed.resolve();
    changed = Promise.withResolvers();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<number | null>(resolve => {
    child.on('exit', code => resolve(code));
  });
  const closed = new Promise<void>(resolve => {
    child.on('close', () => resolve());
  });
  const said = async (text: string) => {
    while (!out.includes(text)) {
      const hasMore = await Promise.race([changed.promise.then(() => true), closed.then(() => false)]);
      if (!hasMore && !out.includes(text)) throw new Error(`it ended and did not say ${JSON.stringify(text)}:\n${out}`);
    }
  };
  return { child, out: () => out, said, ended, closed };
}

function tableOf(out: string): string {
  return out.slice(out.indexOf('fault  '), out.indexOf('The station goes on'));
}

function sorted(lines: readonly object[]): string[] {
  return lines.map(line => JSON.stringify(line)).sort();
}
