import type { Command } from 'commander';
import type { Plan } from '../../dsl/plan.ts';
import { readSettings } from '../settings/settings.ts';
import { compileFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printable } from './printable.ts';

export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('say what is wrong with rule files or settings, all at once; several rule files are one program')
    .argument('<file...>', 'rule files (.mill), or settings (.yaml)')
    .action((files: string[]) => {
      process.exitCode = check(files);
    });
}

function check(files: readonly string[]): ExitCode {
  const { settings = [], rules = [] } = Object.groupBy(files, file => (SETTINGS.test(file) ? 'settings' : 'rules'));
  for (const file of settings) checkSettings(file);
  return rules.length === 0 ? EXIT.ok : checkRules(rules);
}

/** Errors: MR7004. */
function checkSettings(file: string): void {
  readSettings(file);
  process.stdout.write(`ok: ${printable(file)}\n`);
}

function checkRules(files: readonly string[]): ExitCode {
  const compiled = compileFiles(files, { later: 'warning', store: 'there' });
  if (compiled === null) return EXIT.failed;
  const { plan, tests } = compiled;
  const parts = [counted(plan, 'source', 'source'), counted(plan, 'rule', 'rule'), plural(tests.length, 'test')];
  process.stdout.write(`ok: ${parts.join(', ')}\n`);
  return EXIT.ok;
}

function counted(plan: Plan, kind: 'source' | 'rule', word: string): string {
  return plural(plan.nodes.filter(node => node.kind === kind).length, word);
}

function plural(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}

const SETTINGS = /\.ya?ml$/;
