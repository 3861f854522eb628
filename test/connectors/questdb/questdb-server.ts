import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type QuestDbServer = {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** With the same port and folder. */
  restart(): Promise<void>;
};

const JAR = join(homedir(), '.cache/millrace/services/questdb-9.3.4/questdb-9.3.4.jar');

export async function startQuestDb(options: {
  readonly directory: string;
  readonly config?: Readonly<Record<string, string>>;
}): Promise<QuestDbServer> {
  const { directory, config = {} } = options;
  if (!existsSync(JAR)) throw new Error(`${JAR} is missing: mvn dependency:copy -Dartifact=org.questdb:questdb:9.3.4`);
  const port = await freePort();
  const settings = {
    'http.bind.to': `127.0.0.1:${port}`,
    'http.min.enabled': 'false',
    'pg.enabled': 'false',
    'line.tcp.enabled': 'false',
    'line.auto.create.new.tables': 'false',
    'line.auto.create.new.columns': 'false',
    'telemetry.enabled': 'false',
    'shared.worker.count': '2',
    ...config,
  };
  await mkdir(join(directory, 'conf'), { recursive: true });
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(directory, 'conf/server.conf'), lines.join(''));
  let server = await launch(directory, port);
  return {
    url: `http://127.0.0.1:${port}`,
    get pid() {
      return server.pid!;
    },
    stop: () => end(server, 'SIGTERM'),
    kill: () => end(server, 'SIGKILL'),
    restart: async () => {
      await end(server, 'SIGTERM');
      server = await launch(directory, port);
    },
  };
}

async function launch(directory: string, port: number): Promise<ChildProcess> {
  const log = openSync(join(directory, 'server.log'), 'a');
  const server = spawn('java', ['-Xmx512m', '-p', JAR, '-m', 'io.questdb/io.questdb.ServerMain', '-d', directory], {
    stdio: ['ignore', log, log],
  });
  for (let tries = 0; tries < 600; tries++) {
    if (server.exitCode !== null) throw new Error(`QuestDB has ended: see ${join(directory, 'server.log')}`);
    if (await answers(port)) return server;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  server.kill('SIGKILL');
  throw new Error(`QuestDB does not answer: see ${join(directory, 'server.log')}`);
}

async function answers(port: number): Promise<boolean> {
  try {
    const { ok, status } = await fetch(`http://127.0.0.1:${port}/exec?query=${encodeURIComponent('select 1')}`);
    return ok || status === 401;
  } catch {
    return false;
  }
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise(resolve => server.once('exit', resolve));
  server.kill(signal);
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number }; // as: a TCP server's
  await new Promise(resolve => server.close(resolve));
  return port;
}
