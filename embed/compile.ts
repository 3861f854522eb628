import { compile as compileText } from '../dsl/compile.ts';
import { type Diagnostic, refusedIfLater } from '../dsl/diagnostics.ts';
import type { Plan, TestCase } from '../dsl/plan.ts';
import { renderDiagnostic } from '../dsl/render-diagnostic.ts';
import { type Extensions, languageWith } from './extensions.ts';
import type { PlanJson } from './plan-json.ts';
import { type Rules, RuleTexts } from './rule-texts.ts';

/** What `compile` gives. */
export type Compiled = {
  /** Null where a diagnostic is an error. */
  readonly plan: PlanJson | null;
  /** Errors and warnings in order of the files, then of position. */
  readonly diagnostics: readonly Diagnostic[];
  /** The same as text for people, with the lines that they are about; empty if there are none. */
  readonly report: string;
};

/**
 * Compiles rules into a plan for `start`; they may name what the program brings with it (`extensions`). Never throws for what the rules say: that is in `diagnostics`, all errors of
 * meaning at once, and `report`. Cost: linear in the text, some 30 µs a line; files are read synchronously.
 *
 * Errors, thrown: MR7001 a file cannot be read · MR7205 a name of an extension. Diagnostics: MR1xxx to MR3xxx, and MR8xxx for what this version cannot run.
 *
 * @example
 * const { plan, report } = compile({ files: ['rules/pumps.mill'] });
 * if (plan === null) throw new Error(report);
 */
export function compile(rules: Rules, extensions: Extensions = {}): Compiled {
  const { plan, diagnostics, report } = compileWithTests(rules, extensions);
  return { plan, diagnostics, report };
}

/** The same, with the `test` blocks that the rules have. */
export function compileWithTests(
  rules: Rules,
  extensions: Extensions,
): Omit<Compiled, 'plan'> & { readonly plan: Plan | null; readonly tests: readonly TestCase[] } {
  const texts = new RuleTexts(rules);
  const result = compileText({ ...texts.program, read: texts.read, extensions: languageWith(extensions) });
  const diagnostics = result.diagnostics.map(refusedIfLater);
  const isWrong = diagnostics.some(({ severity }) => severity === 'error');
  const report = diagnostics.map(one => renderDiagnostic(one, texts.textOf, { isColoured: false })).join('\n');
  return { plan: isWrong ? null : result.plan, tests: result.tests, diagnostics, report };
}
