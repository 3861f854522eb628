import { hostname } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { loadHostLibrary } from '../../connectors/host/host-library.ts';
import { measureHost } from '../../connectors/host/measure-host.ts';
import { writeCodedMessage } from './coded-message.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { sleep } from './journals.ts';
import { LineWriter } from './line-writer.ts';
import { onInterrupt } from './on-interrupt.ts';
import { usOf } from '../settings/setting-values.ts';

export function addHostCommand(program: Command): void {
  program
    .command('host')
    .description(
      "write this machine's load, memory, disks, network and temperature as NDJSON, for `ingest` or `publish`",
    )
    .option('--every <duration>', 'how often', parseEvery, 5_000)
    .option('--once', 'measure once and end')
    .action(async (options: HostOptions) => {
      process.exitCode = await host(options);
    });
}

type HostOptions = { readonly every: number; readonly once?: true };

async function host({ every, once }: HostOptions): Promise<ExitCode> {
  const library = await loadHostLibrary();
  const interrupt = onInterrupt();
  const writer = new LineWriter(process.stdout);
  const told = new Set<string>();
  const name = hostname();
  while (!interrupt.signal.aborted) {
    const startMs = performance.now();
    const ts = Date.now();
    const measured = await measureHost(library, ({ code, message }) => {
      if (told.has(message) || told.size >= MAX_TOLD) return;
      told.add(message);
      writeCodedMessage({ severity: 'warning', code, message });
    });
    for (const measurement of measured) writer.line(JSON.stringify({ ts, host: name, ...measurement }));
    writer.flush();
    if (once === true) break;
    await writer.drained(interrupt.signal); // a reader that is slow gets fewer measurements, none of them old
    await sleep(Math.max(every - (performance.now() - startMs), 0), interrupt.signal);
  }
  return interrupt.exitCode() ?? EXIT.ok;
}

/** In milliseconds. */
function parseEvery(text: string): number {
  const everyUs = usOf(text);
  if (everyUs === null || everyUs < 100_000)
    throw new InvalidArgumentError('It is a duration from 100ms on, such as 5s.');
  return everyUs / 1_000;
}

const MAX_TOLD = 20;
