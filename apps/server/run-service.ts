import { setTimeout as delay } from 'node:timers/promises';
import { coloursFor, isTerminal } from '../cli/terminal.ts';
import type { Settings } from '../settings/settings.ts';
import type { Log } from './log/log-line.ts';
import { createLog } from './log/log.ts';
import { Server } from './server.ts';

/**
 * Runs the service until SIGTERM or Ctrl-C. False: it could not be stopped within the time that the settings give, and goes on
 * with that. Errors: as of Server.
 */
export async function runService(settings: Settings, stateDirectory: string): Promise<boolean> {
  const { log, close } = createLog({
    write: text => process.stdout.write(text),
    colours: isTerminal(process.stdout) ? coloursFor(process.stdout) : null,
  });
  try {
    return await runLogged(settings, stateDirectory, log);
  } finally {
    close();
  }
}

async function runLogged(settings: Settings, stateDirectory: string, log: Log): Promise<boolean> {
  const stopping = new AbortController();
  let reload = () => {}; // nothing to read again yet
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  process.on('SIGHUP', () => reload());

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
  const isInTime = await inTime(server.stop(), settings.stopTimeoutMs);
  if (isInTime) log({ level: 'info', message: 'stopped' });
  else {
    const message = `it could not be stopped within ${settings.stopTimeoutMs} ms`;
    const hint = 'the next start goes on from the checkpoint before; `stop: { timeout: … }` gives it more time';
    log({ level: 'error', code: 'MR7068', message, hint });
  }
  return isInTime;
}

/** False: it takes longer. */
async function inTime(stopped: Promise<void>, ms: number): Promise<boolean> {
  return await Promise.race([stopped.then(() => true), delay(ms, false, { ref: false })]);
}
