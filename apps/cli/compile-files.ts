import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Compilation, compile } from '../../dsl/compile.ts';
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import type { Plan } from '../../dsl/plan.ts';
import { renderDiagnostic } from '../../dsl/render-diagnostic.ts';
import { CommandLineError } from './command-line-error.ts';
import { coloursFor } from './terminal.ts';

const STORE_LATER = 'MR8001'; // series cannot be stored yet

export type CompileFilesOptions = {
  /** What this version cannot run yet (MR8xxx) is an error, not a warning. */
  readonly mustRun: boolean;
  /** False: `store` statements are left out (`--store none`). */
  readonly isStored: boolean;
};

/** Compiles rule files as one program and writes what is wrong to standard error; the plan is null then. */
export function compileFiles(
  files: readonly string[],
  options: CompileFilesOptions,
): Compilation & { readonly plan: Plan | null } {
  const sources = new Map(files.map(file => [resolve(file), readRuleFile(file)]));
  const compilation = compile(rootOf(files, sources));
  throw new Error('unfinished');
}

export function readRuleFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}

function unreadable(file: string, error: NodeJS.ErrnoException): CommandLineError {
  switch (error.code) {
    case 'ENOENT':
      return new CommandLineError('MR7001', `there is no file ${file}`, `the working directory is ${process.cwd()}`);
    case 'EISDIR':
      return new CommandLineError(
        'MR7001',
        `${file} is a folder`,
        'name the rule files in it, for example with *.mill',
      );
    default:
      return new CommandLineError('MR7001', `${file} cannot be read: ${error.message}`);
  }
}
