import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CommandLineError } from './command-line-error.ts';
import { packageRoot } from './package-root.ts';

export function addNewCommand(program: Command): void {
  program
    .command('new')
    .description('make a folder with a rule, its test and data, ready to run')
    .argument('<dir>', 'a folder that is empty or does not exist yet')
    .action(createProject);
}

function createProject(folder: string): void {
  try {
    if (existsSync(folder) && readdirSync(folder).length > 0) {
      throw new CommandLineError('MR7006', `${folder} is not empty`, 'name a folder that does not exist yet');
    }
    cpSync(join(packageRoot, 'apps/cli/skeleton'), folder, { recursive: true });
  } catch (error) {
    if (error instanceof CommandLineError) throw error;
    const reason = (error as Error).message; // the file system throws nothing else
    throw new CommandLineError('MR7006', `${folder} cannot be made: ${reason}`, 'name a folder you may write to');
  }
  const rules = join(folder, 'pumps.mill');
  process.stdout.write(
    [`Made ${folder}. Next:`, `  npx millrace run ${rules}`, `  npx millrace test ${rules}`, ''].join('\n'),
  );
}
