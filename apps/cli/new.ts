import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { CommandLineError } from './command-line-error.ts';
import { describeFindings } from './new-from-data/describe-findings.ts';
import { lookAtFile } from './new-from-data/look-at-data.ts';
import { writeRules } from './new-from-data/write-rules.ts';
import { packageRoot } from './package-root.ts';

export function addNewCommand(program: Command): void {
  program
    .command('new')
    .description('make a folder with a rule, its test and data, ready to run')
    .argument('<dir>', 'a folder that is empty or does not exist yet')
    .option('--data <file>', 'write rules for these readings: CSV, NDJSON, JSON or Parquet')
    .action(async (folder: string, { data }: { readonly data?: string }) => {
      if (data === undefined) createExample(folder);
      else await createFromData(folder, data);
    });
}

function createExample(folder: string): void {
  inNewFolder(folder, () => cpSync(join(packageRoot, 'apps/cli/skeleton'), folder, { recursive: true }));
  process.stdout.write(nextSteps(folder, join(folder, 'pumps.mill')));
  process.stdout.write(`${join(folder, 'README.md')} goes on from there, with NATS and QuestDB.\n`);
}

async function createFromData(folder: string, path: string): Promise<void> {
  inNewFolder(folder, () => {}); // said before a long look at the file
  if (path === '-')
    throw new CommandLineError('MR7001', 'readings are looked at twice', 'save them to a file and name that');
  const findings = await lookAtFile(path);
  const rules = join(folder, 'rules.mill');
  const text = writeRules(findings, { address: relative(folder, path).replaceAll('\\', '/') });
  inNewFolder(folder, () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(rules, text);
  });
  process.stdout.write(`${describeFindings(findings, path)}${nextSteps(rules, rules)}`);
}

/** Nothing is ever written over. */
function inNewFolder(folder: string, write: () => void): void {
  try {
    if (existsSync(folder) && readdirSync(folder).length > 0) {
      throw new CommandLineError('MR7006', `${folder} is not empty`, 'name a folder that does not exist yet');
    }
    write();
  } catch (error) {
    if (error instanceof CommandLineError) throw error;
    const reason = (error as Error).message; // the file system throws nothing else
    throw new CommandLineError('MR7006', `${folder} cannot be made: ${reason}`, 'name a folder you may write to');
  }
}

function nextSteps(made: string, rules: string): string {
  return [`Made ${made}. Next:`, `  npx millrace run ${rules}`, `  npx millrace test ${rules}`, ''].join('\n');
}
