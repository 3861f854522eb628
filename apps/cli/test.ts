import type { Command } from 'commander';
import { createFileConnector } from '../../connectors/file/index.ts';
import type { TestCase } from '../../dsl/plan.ts';
import {
  coverageOf,
  type PatternCoverage,
  patternCoverage,
  type RuleCoverage,
} from '../../engine/scenario/coverage.ts';
import { runScenario, type ScenarioResult } from '../../engine/scenario/run-scenario.ts';
import type { TableRows } from '../../engine/scenario/scenario-input.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { type FoundRow, openTable, readFoundRows } from '../../engine/runtime/tables/found-rows.ts';
import { type Compiled, compileFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { coloursFor } from './terminal.ts';

export function addTestCommand(program: Command): void {
  program
    .command('test')
    .description('run the `test` blocks of rule files on a virtual clock; several files are one program')
    .argument('<file...>', 'rule files (.mill)')
    .option('--coverage', 'also name the rules, levels and steps of patterns that no test reaches')
    .action(async (files: string[], options: { readonly coverage?: true }) => {
      process.exitCode = await test(files, { isCoverageShown: options.coverage === true });
    });
}

async function test(
  files: readonly string[],
  { isCoverageShown }: { readonly isCoverageShown: boolean },
): Promise<ExitCode> {
  const compiled = compileFiles(files, { later: 'warning', store: 'none' });
  if (compiled === null) return EXIT.failed;
  const results = runTests(compiled, await tablesOf(compiled));
  const failed = results.filter(result => result.failures.length > 0).length;
  process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
  if (isCoverageShown) {
    const { plan } = compiled;
    process.stdout.write(coverageText(coverageOf(plan, results), patternCoverage(plan, results)));
  }
  return failed === 0 ? EXIT.ok : EXIT.failed;
}

const FILES = new Map([['file', createFileConnector(new NodeDisk())]]);

/** The files of tables, where some test does not feed the table itself. */
async function tablesOf({ plan, tests }: Compiled): Promise<TableRows> {
  const tables = new Map<string, readonly FoundRow[]>();
  for (const node of plan.nodes) {
    if (node.kind !== 'table' || node.connector !== 'file' || tests.every(test => feeds(test, node.id))) continue;
    const source = await openTable(node, FILES, () => 0);
    try {
      tables.set(node.id, (await readFoundRows(node, source)).rows);
    } finally {
      await source.close();
    }
  }
  return tables;
}

function feeds({ steps }: TestCase, table: string): boolean {
  return steps.some(step => step.kind === 'row' && step.table === table);
}

/** Each test's line is written as soon as it has run. */
function runTests({ plan, tests }: Compiled, tables: TableRows): ScenarioResult[] {
  return tests.map(test => {
    const result = runScenario({ plan, test, tables });
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

function coverageText(rules: readonly RuleCoverage[], patterns: readonly PatternCoverage[]): string {
  const ofRules = rules.flatMap(({ rule, isReached, missing }) => {
    if (!isReached) return [`no test raises ${rule}`];
    return missing.length === 0 ? [] : [`no test reaches ${rule}: ${missing.join(', ')}`];
  });
  const ofSteps = patterns.flatMap(({ pattern, missing }) =>
    missing.length === 0 ? [] : [`no test comes to these steps of ${pattern}: ${missing.join(', ')}`],
  );
  const lines = [...ofRules, ...ofSteps];
  return lines.length === 0 ? 'every rule and level is reached by a test\n' : `${lines.join('\n')}\n`;
}
