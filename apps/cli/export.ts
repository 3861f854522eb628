import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { exportPlan, type FlinkOptions } from '../../backends/flink-sql/export-plan.ts';
import { unknownHoles } from '../../backends/flink-sql/templates.ts';
import { CommandLineError } from './command-line-error.ts';
import { compileRuleFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { leftOutDiagnostics } from './export/left-out-diagnostics.ts';
import { RuleFiles } from './rule-files.ts';
import { writeDiagnostics } from './write-diagnostics.ts';

export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('write rules as a script for another engine; several rule files are one program')
    .argument('<file...>', 'rule files (.mill)')
    .requiredOption('--to <engine>', 'flink-sql: Flink SQL, of Flink 2')
    .option('--out <file>', 'write it here instead of to standard output')
    .option('--partial', 'leave out what the engine cannot do, and list it in the script')
    .option('--source-with <text>', 'what stands in WITH (…) of tables that are read')
    .option('--sink-with <text>', 'what stands in WITH (…) of tables that are written')
    .action((files: string[], options: ExportOptions) => {
      process.exitCode = exportRules(files, options);
    });
}

type ExportOptions = {
  readonly to: string;
  readonly out?: string;
  readonly partial?: true;
  readonly sourceWith?: string;
  readonly sinkWith?: string;
};

/** Errors: MR7300 (as diagnostics, all of them), MR7301, MR7302, MR7303. */
function exportRules(files: readonly string[], options: ExportOptions): ExitCode {
  requireFlink(options.to);
  const templates = templatesOf(options);
  const ruleFiles = new RuleFiles(files);
  const compiled = compileRuleFiles(ruleFiles, { later: 'error', store: 'there' });
  if (compiled === null) return EXIT.failed;
  const { script, leftOut } = exportPlan(compiled.plan, templates);
  const severity = options.partial === true ? 'warning' : 'error';
  writeDiagnostics(leftOutDiagnostics(leftOut, ruleFiles.texts, severity), ruleFiles.textOf);
  if (severity === 'error' && leftOut.length > 0) return EXIT.failed;
  if (options.out === undefined) process.stdout.write(script);
  else writeScript(options.out, script);
  return EXIT.ok;
}

function requireFlink(engine: string): void {
  if (engine === 'flink-sql') return;
  throw new CommandLineError('MR7301', `rules cannot be written for \`${engine}\``, 'write `--to flink-sql`');
}

function templatesOf({ sourceWith, sinkWith }: ExportOptions): FlinkOptions {
  for (const template of [sourceWith, sinkWith]) {
    const [hole] = template === undefined ? [] : unknownHoles(template);
    if (hole === undefined) continue;
    const hint = 'the holes are {stream}, {table}, {address} and {path}';
    throw new CommandLineError('MR7302', `nothing is known for ${hole} of ${template}`, hint);
  }
  return { ...(sourceWith === undefined ? {} : { sourceWith }), ...(sinkWith === undefined ? {} : { sinkWith }) };
}

function writeScript(file: string, script: string): void {
  try {
    writeFileSync(file, script);
  } catch (error) {
    const reason = (error as Error).message; // the file system throws nothing else
    throw new CommandLineError('MR7303', `${file} cannot be written: ${reason}`, 'name a file that you may write');
  }
}
