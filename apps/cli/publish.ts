import type { Command } from 'commander';
import { collect } from './collect.ts';
import { parseSpeed } from './speed-option.ts';
import type { PublishOptions } from './publish/publish-file.ts';

export function addPublishCommand(program: Command): void {
  program
    .command('publish')
    .description('play a file as live telemetry: each record is a message in JetStream')
    .argument('<file>', 'CSV, NDJSON, JSON or Parquet; `-`: NDJSON on standard input')
    .requiredOption('--to <where>', '`nats`: to the subject of a stream in --rules; or `nats:plant.{device}.motor`')
    .option('--rules <file>', 'the rule file whose stream it is for (repeatable)', collect, [])
    .option('--as <stream>', 'which of its streams, where there are several')
    .option('--speed <speed>', 'play at event time: 1x is real time, 60x a minute a second, max', parseSpeed, 'max')
    .option('--now', 'move all times, so that the newest record is of the moment at which it is sent')
    .option('--json', 'standard output is one JSON object a line and nothing else')
    .action(async (file: string, options: PublishOptions) => {
      const { publishFile } = await import('./publish/publish-file.ts'); // the client of NATS takes a while to load
      process.exitCode = await publishFile(file, options);
    });
}
