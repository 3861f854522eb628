import type { File } from './ast.ts';
import { checkProgram } from './check/check-program.ts';
import type { Diagnostic } from './diagnostics.ts';
import { type Extensions, wordsWith } from './extensions.ts';
import { lowerProgram } from './lower/lower-program.ts';
import { parseFiles, type ReadFile, type RuleText } from './parse/parse-files.ts';
import { type ConstantTexts, withConstants } from './parse/set-constants.ts';
import type { Plan, TestCase } from './plan.ts';

export type CompileInput = RuleText & {
  /** Further files of the same program. */
  readonly others?: readonly RuleText[];
  /** Finds an included file; undefined if it is not there. Without it, `include` is an error. */
  readonly read?: ReadFile;
  readonly extensions?: Extensions;
  /** Other values of `let`s than those in the text: `{ limit: '90 degC' }`. What is wrong with them is told as of the text; MR7366. */
  readonly constants?: ConstantTexts;
};

export type CompileResult = {
  /** Null where a diagnostic is an error. What is not in this version yet (MR8xxx, warnings) is left out. */
  readonly plan: Plan | null;
  readonly tests: readonly TestCase[];
  /** In order of the files, then of position. */
  readonly diagnostics: readonly Diagnostic[];
  /** Of the first file; null if it does not parse. */
  readonly ast: File | null;
};

/**
 * Compiles a rule file, others beside it, and what they include, into a plan. Pure: text in, data out; never throws for what the text
 * says. Cost: linear in the text. Errors: MR1xxx to MR3xxx, all semantic ones at once; with errors of syntax in any
 * file only these are told, since the names that the rest lacks are unknown.
 *
 * @example
 * const { plan, diagnostics } = compile({ file: 'pumps.mill', text: 'stream …' });
 */
export function compile(input: CompileInput): CompileResult {
  const { files, main, sources, diagnostics } = withConstants(parseFiles(input), input.constants ?? {});
  if (diagnostics.some(isError)) return { plan: null, tests: [], diagnostics: sources.sort(diagnostics), ast: main };

  const program = checkProgram(files, wordsWith(input.extensions ?? {}), sources, diagnostic =>
    diagnostics.push(diagnostic),
  );
  const sorted = sources.sort(diagnostics);
  if (diagnostics.some(isError)) return { plan: null, tests: [], diagnostics: sorted, ast: main };

  return { plan: lowerProgram(program), tests: program.tests, diagnostics: sorted, ast: main };
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error';
}
