import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { findNats } from '../../../scripts/services/index.js';

export type NatsServer = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** As a crash does. */
  kill(): Promise<void>;
  /** Starts it anew on the same port and folder. */
  restart(): Promise<void>;
  /** From the next start on. */
  reconfigure(config: string): Promise<void>;
};

/** A real nats-server with JetStream in `directory`; `config` is appended to its configuration file. */
export async function startNats(options: {
  readonly directory: string;
  readonly port?: number;
  readonly config?: string;
}): Promise<NatsServer> {
  const { directory, port = await freePort(), config = '' } = options;
  const file = join(directory, 'nats.conf');
  const write = (config: string) => {
    const store = /jetstream\s*[:{]/.test(config) ? '' : `jetstream { store_dir: ${JSON.stringify(directory)} }\n`;
    writeFileSync(file, `listen: "127.0.0.1:${port}"\n${store}${config}\n`);
  };
  write(config);
  let child = await start(file, port);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid!;
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    reconfigure: async config => write(config),
    restart: async () => {
      await end('SIGTERM');
      child = await start(file, port);
    },
  };
}

async function start(file: string, port: number): Promise<ChildProcess> {
  const child = spawn(await findNats(), ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr!.on('data', bytes => (log = `${log}${bytes}`.slice(-4000)));
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break;
    if (await answers(port)) return child;
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error(`nats-server does not start: ${log}`);
}

async function answers(port: number): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    setTimeout(() => socket.destroy(), 200).unref();
  }).then(isThere => isThere as boolean);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
