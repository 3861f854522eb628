import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ProcessLock } from '../../engine/runtime/process-lock.ts';
import { sharedNats, sharedQuestDb } from '../services/servers.ts';
import { folderWith, launcher, type Result } from './millrace.ts';

await sharedNats(); // found, or installed, before a time limit runs
await sharedQuestDb();

let cwd = '';
afterEach(async () => {
  await services(['down']);
});

test('up starts both, says how to reach them and leaves what runs as it is; down stops them', async () => {
  cwd = folderWith({});
  const up = await services(['up']);
  expect(up).toMatchObject({ code: 0, err: '' });
  const nats = /^NATS +(nats:\/\/127\.0\.0\.1:\d+); process (\d+), log \.millrace\/services\/nats\/server\.log$/m.exec(
    up.out,
  )!;
  const questDb = /^QuestDB +(http:\/\/127\.0\.0\.1:\d+), also its console; process (\d+), log \S+$/m.exec(up.out)!;
  // What is at its usual address is reached without a setting.
  const settings = [
    ...(nats[1] === 'nats://127.0.0.1:4222' ? [] : [`  nats: { servers: ["${nats[1]}"] }\n`]),
    ...(questDb[1] === 'http://127.0.0.1:9000' ? [] : [`  questdb: { url: "${questDb[1]}" }\n`]),
  ].join('');
  const lines = settings === '' ? '' : `\nIn millrace.yaml:\n\n${settings}`;
  expect(up.out.slice(up.out.indexOf('\n\n') + 1)).toBe(`${lines}\n\`millrace services down\` stops them.\n`);
  const page = await fetch(`${questDb[1]}/index.html`);
  expect(await page.text()).toContain('QuestDB');

  const again = await services(['up']);
  expect(again.out).toBe(up.out);
  writeFileSync(join(cwd, 'millrace.yaml'), settings.replaceAll(/^ +/gm, ''));
  expect((await services(['up'])).out).not.toContain('In millrace.yaml');
  expect((await services([])).out).toBe(`${nats[0]}\n${questDb[0]}\n`);

  const down = await services(['down']);
  expect(down).toMatchObject({ code: 0, err: '' });
  expect(down.out).toContain('NATS     stopped; its data stays in .millrace/services/nats\n');
  expect([nats[2]!, questDb[2]!].filter(isRunning)).toEqual([]);
  expect((await services(['status'])).out).toBe('NATS     does not run\nQuestDB  does not run\n');
}, 240_000);

test('addresses in the environment are used, and shown without passwords', async () => {
  cwd = folderWith({});
  const nats = await sharedNats();
  const env = { MILLRACE_NATS_URL: nats.replace('//', '//me:secret@'), MILLRACE_QUESTDB_URL: await sharedQuestDb() };
  const up = await services(['up'], env);
  expect(up).toMatchObject({ code: 0, err: '' });
  expect(up.out).toContain(`NATS     ${nats.replace('//', '//…@')}, which MILLRACE_NATS_URL names\n`);
  expect(up.out).not.toContain('secret');
  expect(existsSync(join(cwd, '.millrace/services/nats.json'))).toBe(false);
});

test('a server that cannot be had is MR7020, one that does not answer MR7021', async () => {
  cwd = folderWith({});
  const empty = join(cwd, 'empty');
  const missing = await services(['up'], { PATH: empty, JAVA_HOME: '', MILLRACE_CACHE: empty });
  expect(missing.code).toBe(3);
  expect(missing.err).toContain('tried: go install: no go on the PATH\n');
  expect(missing.err).toContain('error[MR7020]: nats-server 2.15.2 was not found and could not be installed\n');
  expect(missing.err).toContain('error[MR7020]: QuestDB 9.3.4 was not found and could not be installed\n');

  const env = { MILLRACE_NATS_URL: 'nats://127.0.0.1:1', MILLRACE_QUESTDB_URL: await sharedQuestDb() };
  const silent = await services(['up'], env);
  expect(silent.code).toBe(3);
  expect(silent.err).toContain('error[MR7021]: no NATS answers at nats://127.0.0.1:1\n');
});

test('two at once: the second is MR7022', async () => {
  cwd = folderWith({});
  mkdirSync(join(cwd, '.millrace/services'), { recursive: true });
  const lock = ProcessLock.take(join(cwd, '.millrace/services/lock')) as ProcessLock;
  const second = await services(['up']);
  lock.release();
  expect(second).toMatchObject({ code: 3, out: '' });
  expect(second.err).toContain(`error[MR7022]: process ${process.pid} is starting or stopping the servers of `);
});

function isRunning(pid: string): boolean {
  return existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
}

function services(commandLine: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> {
  return new Promise(resolve => {
    const { MILLRACE_NATS_URL: _, MILLRACE_QUESTDB_URL: __, FORCE_COLOR: ___, ...rest } = process.env;
    const child = spawn(process.execPath, [launcher, 'services', ...commandLine], { cwd, env: { ...rest, ...env } });
    const result = { out: '', err: '' };
    child.stdout.on('data', chunk => (result.out += chunk));
    child.stderr.on('data', chunk => (result.err += chunk));
    child.on('close', code => resolve({ code, ...result }));
  });
}
