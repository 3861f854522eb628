import type { Command } from 'commander';
import type { ClusterOptions } from './cluster/cluster-commands.ts';

export function addClusterCommand(program: Command): void {
  const command = program
    .command('cluster')
    .description('show which process of a cluster has which share of the keys, and since when')
    .option('--config <file>', 'the settings (default: millrace.yaml in the working directory)')
    .option('--json', 'one JSON object a line')
    .action(async (options: ClusterOptions) => await (await commands()).showCluster(options));
  command
    .command('drain <process>')
    .description('make a process give all its shares up to the others, and end')
    .action(async (name: string, _: object, own: Command) => {
      await (await commands()).drainProcess(name, own.optsWithGlobals());
    });
  command
    .command('use')
    .description('make the rules of the folder that the settings name the newest: others leave shares to these')
    .action(async (_: object, own: Command) => await (await commands()).useRules(own.optsWithGlobals()));
}

/** Only these commands need what they load. */
async function commands() {
  return await import('./cluster/cluster-commands.ts');
}
