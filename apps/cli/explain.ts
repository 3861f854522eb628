import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { patternDiagrams } from '../../dsl/explain-pattern.ts';
import { explainPlan } from '../../dsl/explain-plan.ts';
import { CommandLineError } from './command-line-error.ts';
import { type Compiled, compileFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { generatedCodeText, operatorsText } from './explain-operators.ts';
import { packageRoot } from './package-root.ts';

export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('show what a rule file becomes, or what an error code means')
    .argument('<what>', 'a rule file (.mill), or a code such as MR1003')
    .option('--ast', 'the syntax tree, as JSON')
    .option('--plan', 'the plan, as JSON')
    .option('--operators', 'the operators and their memory per key')
    .option('--code', 'the generated code')
    .option('--mermaid', 'the patterns as state diagrams')
    .action((what: string, options: ExplainOptions) => {
      process.exitCode = isCode(what) ? explainCode(what.toUpperCase()) : explainFile(what, options);
    });
}

type ExplainOptions = {
  readonly ast?: true;
  readonly plan?: true;
  readonly operators?: true;
  readonly code?: true;
  readonly mermaid?: true;
};

function isCode(what: string): boolean {
  return /^MR\d+$/i.test(what);
}

function explainCode(code: string): ExitCode {
  const page = join(packageRoot, 'docs/errors', `${code}.md`);
  if (!existsSync(page)) {
    throw new CommandLineError(
      'MR7005',
      `there is no error code ${code}`,
      'codes are MR and four digits, as messages show them',
    );
  }
  process.stdout.write(readFileSync(page, 'utf8'));
  return EXIT.ok;
}

function explainFile(file: string, options: ExplainOptions): ExitCode {
  const compiled = compileFiles([file], { later: 'warning', store: 'there' });
  if (compiled === null) return EXIT.failed;
  process.stdout.write(explanation(compiled, options));
  return EXIT.ok;
}

function explanation({ ast, plan }: Compiled, options: ExplainOptions): string {
  const parts: string[] = [];
  if (options.ast) parts.push(jsonText(ast));
  if (options.plan) parts.push(jsonText(plan));
  if (options.operators) parts.push(operatorsText(plan));
  if (options.code) parts.push(generatedCodeText(plan));
  if (options.mermaid) parts.push(patternDiagrams(plan));
  if (parts.length > 0) return parts.join('\n');
  return `${explainPlan(plan)}\n${operatorsText(plan)}\n${generatedCodeText(plan)}`;
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
