import type { Command } from 'commander';

export function addSetupCommand(program: Command): void {
  program
    .command('setup')
    .description('say which JetStream streams and QuestDB tables a rule file needs, and create what is missing')
    .argument('<file...>', 'rule files (.mill)')
    .option('--apply', 'do it; without, nothing is changed')
    .action(async (files: string[], options: { readonly apply?: true }) => {
      const { setUp } = await import('./set-up-servers.ts'); // the clients of servers take a tenth of a second to load
      process.exitCode = await setUp(files, options.apply === true);
    });
}
