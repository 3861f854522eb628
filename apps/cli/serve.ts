import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { createLog } from '../server/log.ts';
import { readSettings, SETTINGS_FILE } from '../settings/settings.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the rules of a folder for good: with HTTP, waiting for servers, changing rules while they run')
    .option('--config <file>', 'the settings (default: millrace.yaml in the working directory, where there is one)')
    .action(async (options: { readonly config?: string }) => {
      process.exitCode = await serve(options.config);
    });
}

async function serve(config: string | undefined): Promise<ExitCode> {
  const settings = readSettings(config);
  const stateDirectory = settings.stateDirectory ?? resolve(dirname(config ?? SETTINGS_FILE), STATE_FOLDER);
  const log = createLog(text => process.stdout.write(text));
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  let reload = () => {}; // nothing to read again yet
  process.on('SIGHUP', () => reload());

  const { Server } = await import('../server/server.ts'); // only this command needs what it loads
  const server = await Server.start({ settings, stateDirectory, log });
  reload = () => server.reload();
  log({ level: 'info', message: `serving on ${server.url}`, url: server.url, state: stateDirectory });
  try {
    await server.run(stopping.signal);
  } catch (error) {
    await inTime(server.stop(), settings.stopTimeoutMs).catch(() => {}); // the first error is told
    throw error;
  }
  log({ level: 'info', message: 'stopping: the last checkpoint is being made' });
  if (!(await inTime(server.stop(), settings.stopTimeoutMs))) {
    const message = `it could not be stopped within ${settings.stopTimeoutMs} ms`;
    const hint = 'the next start goes on from the checkpoint before; `stop: { timeout: … }` gives it more time';
    log({ level: 'error', code: 'MR7068', message, hint });
    process.exit(EXIT.runtime);
  }
  log({ level: 'info', message: 'stopped' });
  return EXIT.ok;
}

/** False: it takes longer. */
async function inTime(stopped: Promise<void>, ms: number): Promise<boolean> {
  return await Promise.race([stopped.then(() => true), delay(ms, false, { ref: false })]);
}

const STATE_FOLDER = '.millrace/state';
