import { setTimeout as delay } from 'node:timers/promises';
import { packageVersion } from '../cli/package-root.ts';
import { coloursFor, isTerminal } from '../cli/terminal.ts';
import type { Settings } from '../settings/settings.ts';
import { createLog } from './log/log.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import { Server, type ServerOptions } from './server.ts';
import { openTracer } from './traces/open-tracer.ts';

/**
 * Runs the service until SIGTERM or Ctrl-C. False: it could not be stopped within the time that the settings give, and goes on
 * with that. Errors: as of Server.
 */
export async function runService(settings: Settings, stateDirectory: string): Promise<boolean> {
  const serverLog = createLog({
    write: text => process.stdout.write(text),
    colours: isTerminal(process.stdout) ? coloursFor(process.stdout) : null,
  });
  const version = packageVersion();
  const traces =
    settings.traces === undefined ? null : await openTracer({ ...settings.traces, version, log: serverLog.log });
  const metrics = new ServerMetrics({
    version,
    logged: serverLog.counts,
    maxLabelNames: settings.metrics.maxLabelNames,
  });
  try {
    return await runSeen(settings, stateDirectory, { log: serverLog.log, metrics, tracer: traces?.tracer });
  } finally {
    await traces?.close();
    serverLog.close();
  }
}

async function runSeen(
  settings: Settings,
  stateDirectory: string,
  seen: Pick<ServerOptions, 'log' | 'metrics' | 'tracer'>,
): Promise<boolean> {
  const { log } = seen;
  const stopping = new AbortController();
  let reload = () => {}; // nothing to read again yet
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  process.on('SIGHUP', () => reload());

  const server = await Server.start({ settings, stateDirectory, ...seen });
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
