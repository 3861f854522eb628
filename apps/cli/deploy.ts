import type { Command } from 'commander';
import { compileRuleFiles } from './compile-files.ts';
import { type ChangeOptions, showChange } from './deploy/show-change.ts';
import { ruleSetOf } from './deploy/rule-set-of.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { RuleFiles } from './rule-files.ts';
import { addServiceOptions, askService, ownName } from './service-client.ts';

export function addDeployCommand(program: Command): void {
  const command = program
    .command('deploy')
    .description('make a running service go on with these rules; several files are one program')
    .argument('<file...>', 'rule files (.mill)')
    .option('--json', 'the answer of the service as JSON');
  addServiceOptions(command).action(async (files: string[], options: ChangeOptions) => {
    process.exitCode = await deploy(files, options);
  });
}

/** What is wrong with them is told before they are sent. */
async function deploy(files: readonly string[], options: ChangeOptions): Promise<ExitCode> {
  const ruleFiles = new RuleFiles(files);
  if (compileRuleFiles(ruleFiles, { later: 'error', store: 'there' }) === null) return EXIT.failed;
  const body = { ...ruleSetOf(ruleFiles), by: ownName() };
  return showChange(await askService(options, { method: 'POST', path: '/api/rules', body }), options);
}
