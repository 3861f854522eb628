import { mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { MillraceError } from '../../engine/errors.ts';
import { ProcessLock } from '../../engine/runtime/process-lock.ts';
import { endDetached, isRunning, requireAnswer, ServiceError, withoutSecrets } from '../../scripts/services/index.js';
import { printableLines } from './printable.ts';
import { reportError } from './report-error.ts';
import { SERVICES, type Service } from './services/service.ts';
import { readRecord, writeRecord } from './services/service-record.ts';
import { readSettings } from '../settings/settings.ts';

type Action = 'up' | 'down' | 'status';

export function addServicesCommand(program: Command): void {
  program
    .command('services')
    .description('start and stop a NATS and a QuestDB on this machine, for development and tests')
    .addArgument(new Argument('[action]', 'what to do').choices(Object.keys(ACTIONS)).default('status'))
    .action(async (action: Action) => {
      await ACTIONS[action](resolve(DIRECTORY));
    });
}

const DIRECTORY = '.millrace/services';

const ACTIONS = { up, down, status } satisfies { [A in Action]: (root: string) => Promise<void> };

/** Both at once; where one fails, the other is up all the same. Says which settings other commands need to reach them. */
async function up(root: string): Promise<void> {
  const urls = await withLock(root, async () => {
    const results = await Promise.allSettled(SERVICES.map(service => upOne(root, service)));
    const failures = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []));
    for (const [i, failure] of failures.entries()) {
      if (i === failures.length - 1) throw codedError(failure);
      reportError(codedError(failure));
    }
    return results.map(result => (result as PromiseFulfilledResult<string>).value);
  });
  const settings = readSettings();
  const missing = SERVICES.flatMap((service, i) =>
    service.reached(settings) === urls[i] ? [] : [`  ${service.setting(urls[i]!)}\n`],
  );
  const lines = missing.length === 0 ? '' : `\nIn millrace.yaml:\n\n${missing.join('')}`;
  process.stdout.write(`${lines}\n\`millrace services down\` stops them.\n`);
}

/** Its address. */
async function upOne(root: string, service: Service): Promise<string> {
  const elsewhere = process.env[service.variable];
  if (elsewhere) {
    await requireAnswer(service.name, elsewhere);
    await status(root, [service]);
    return withoutSecrets(elsewhere);
  }
  let record = readRecord(root, service.name);
  if (record === null || !(await isRunning(record))) {
    record = await service.start(join(root, service.name), record?.ports ?? {});
    writeRecord(root, service.name, record);
  }
  await status(root, [service]);
  return record.url;
}

async function down(root: string): Promise<void> {
  await withLock(root, async () => {
    await Promise.all(
      SERVICES.map(async service => {
        const record = readRecord(root, service.name);
        const hasEnded = record !== null && (await endDetached(record));
        say(service, hasEnded ? `stopped; its data stays in ${relative('.', record!.directory)}` : 'does not run');
      }),
    );
  });
}

async function status(root: string, services: readonly Service[] = SERVICES): Promise<void> {
  for (const service of services) {
    const elsewhere = process.env[service.variable];
    const record = readRecord(root, service.name);
    if (elsewhere) {
      say(service, `${withoutSecrets(elsewhere)}, which ${service.variable} names`);
    } else if (record !== null && (await isRunning(record))) {
      const page = service.page === null ? '' : `, also ${service.page}`;
      say(service, `${record.url}${page}; process ${record.pid}, log ${relative('.', record.logFile)}`);
    } else {
      say(service, 'does not run');
    }
  }
}

function say({ title }: Service, text: string): void {
  process.stdout.write(`${title.padEnd(8)} ${text}\n`);
}

/** Two at once would start everything twice. */
async function withLock<T>(root: string, act: () => Promise<T>): Promise<T> {
  mkdirSync(root, { recursive: true });
  const lock = ProcessLock.take(join(root, 'lock'));
  if (!(lock instanceof ProcessLock)) {
    throw new MillraceError('MR7022', `process ${lock.ownerProcessId} is starting or stopping the servers of ${root}`, {
      hint: 'wait until it is done, then `millrace services` says what runs',
    });
  }
  try {
    return await act();
  } finally {
    lock.release();
  }
}

/** What was tried, or the end of the server's log, goes before the error. */
function codedError(error: unknown): unknown {
  if (!(error instanceof ServiceError)) return error;
  process.stderr.write(printableLines(error.details.map(line => `${line}\n`).join('')));
  const code = error.kind === 'missing' ? 'MR7020' : 'MR7021';
  return new MillraceError(code, error.summary, { hint: error.advice.join('; '), domain: 'external' });
}
