import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { format } from '../../dsl/format.ts';
import { parse } from '../../dsl/parse.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { readRuleFile } from './rule-files.ts';
import { writeDiagnostics } from './write-diagnostics.ts';

export function addFmtCommand(program: Command): void {
  program
    .command('fmt')
    .description('write rule files in the one format')
    .argument('<file...>', 'rule files (.mill)')
    .option('--check', 'only name the files that would change')
    .action((files: string[], options: { readonly check?: true }) => {
      process.exitCode = formatFiles(files, { isCheck: options.check === true });
    });
}

/** Names the files that change, or would. */
function formatFiles(files: readonly string[], { isCheck }: { readonly isCheck: boolean }): ExitCode {
  let exitCode: ExitCode = EXIT.ok;
  for (const file of files) {
    const text = readRuleFile(file);
    const parsed = parse(text, file);
    if (parsed.file === null) {
      writeDiagnostics(parsed.diagnostics, () => text);
      exitCode = EXIT.failed;
      continue;
    }
    const formatted = format(parsed.file, text);
    if (formatted === text) continue;
    process.stdout.write(`${file}\n`);
    if (isCheck) exitCode = EXIT.failed;
    else writeFileSync(file, formatted);
  }
  return exitCode;
}
