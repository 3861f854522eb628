import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
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
  const { runService } = await import('../server/run-service.ts'); // only this command needs what it loads
  const isStopped = await runService(settings, stateDirectory);
  return isStopped ? EXIT.ok : process.exit(EXIT.runtime); // what goes on is left behind
}

const STATE_FOLDER = '.millrace/state';
