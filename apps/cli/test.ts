import type { Command } from 'commander';
import { coverageOf, type RuleCoverage } from '../../engine/scenario/coverage.ts';
import { runScenario, type ScenarioResult } from '../../engine/scenario/run-scenario.ts';
import { type Compiled, compileFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { coloursFor } from './terminal.ts';

export function addTestCommand(program: Command): void {
  program
    .command('test')
    .description('run the `test` blocks of rule files on a virtual clock; several files are one program')
    .argument('<file...>', 'rule files (.mill)')
    .option('--coverage', 'also name the rules and levels that no test reaches')
    .action((files: string[], options: { readonly coverage?: true }) => {
      process.exitCode = test(files, { isCoverageShown: options.coverage === true });
    });
}

function test(files: readonly string[], { isCoverageShown }: { readonly isCoverageShown: boolean }): ExitCode {
  const compiled = compileFiles(files, { later: 'warning', store: 'none' });
  if (compiled === null) return EXIT.failed;
  const results = runTests(compiled);
  const failed = results.filter(result => result.failures.length > 0).length;
  process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
  if (isCoverageShown) process.stdout.write(coverageText(coverageOf(compiled.plan, results)));
  return failed === 0 ? EXIT.ok : EXIT.failed;
}

/** Each test's line is written as soon as it has run. */
function runTests({ plan, tests }: Compiled): ScenarioResult[] {
  return tests.map(test => {
    const result = runScenario({ plan, test });
    process.stdout.write(resultText(result));
    return result;
  });
}

function resultText({ test, failures }: ScenarioResult): string {
  const colours = coloursFor(process.stdout);
  if (failures.length === 0) return `${colours.green('ok')}    ${test.title}\n`;
  const lines = failures.map(({ line, message }) => `      ${test.file}:${line}: ${message}\n`);
  return `${colours.red('FAIL')}  ${test.title}\n${lines.join('')}`;
}

function coverageText(coverage: readonly RuleCoverage[]): string {
  const lines = coverage.flatMap(({ rule, isReached, missing }) => {
    if (!isReached) return [`no test raises ${rule}`];
    return missing.length === 0 ? [] : [`no test reaches ${rule}: ${missing.join(', ')}`];
  });
  return lines.length === 0 ? 'every rule and level is reached by a test\n' : `${lines.join('\n')}\n`;
}
