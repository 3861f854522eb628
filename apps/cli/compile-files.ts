import { type CompileResult, compile } from '../../dsl/compile.ts';
import { type Diagnostic, refusedIfLater, type Span } from '../../dsl/diagnostics.ts';
import type { Plan } from '../../dsl/plan.ts';
import { writeCodedMessage } from './coded-message.ts';
import { RuleFiles } from './rule-files.ts';
import { writeDiagnostics } from './write-diagnostics.ts';

export type CompileFilesOptions = {
  /** What this version cannot run yet (MR8xxx): `check` and `test` warn, `run` refuses. */
  readonly later: 'warning' | 'error';
  /** `none`: the plan stores nothing; `missing`: that is an error where it should. */
  readonly store: 'there' | 'none' | 'missing';
  /** Of another version: what stands before the names of its files where something is wrong with them. */
  readonly version?: string;
};

export type Compiled = CompileResult & { readonly plan: Plan };

/** Compiles rule files as one program and writes what is wrong to standard error; null where that is an error. */
export function compileFiles(files: readonly string[], options: CompileFilesOptions): Compiled | null {
  return compileRuleFiles(new RuleFiles(files), options);
}

export function compileRuleFiles(ruleFiles: RuleFiles, options: CompileFilesOptions): Compiled | null {
  const { later, store, version = '' } = options;
  const result = compile({ ...ruleFiles.program, read: ruleFiles.read });
  const diagnostics = later === 'error' ? result.diagnostics.map(refusedIfLater) : result.diagnostics;
  const textOf = (file: string) => ruleFiles.textOf(file.slice(version.length));
  writeDiagnostics(
    diagnostics.map(diagnostic => ofVersion(diagnostic, version)),
    textOf,
  );
  if (result.plan === null || diagnostics.some(diagnostic => diagnostic.severity === 'error')) return null;

  const stored = result.plan.nodes.flatMap(node => (node.kind === 'store' ? [node.input] : []));
  if (store === 'missing' && stored.length > 0) {
    const message = `no store is named for ${stored.join(', ')}`;
    const hint = 'run with `--store duckdb` or `--store questdb`, or with `--store none` to leave them out';
    writeCodedMessage({ severity: 'error', code: 'MR7012', message, hint });
    return null;
  }
  if (store === 'there') return { ...result, plan: result.plan };
  const nodes = result.plan.nodes.filter(node => node.kind !== 'store');
  return { ...result, plan: { ...result.plan, nodes } };
}

function ofVersion(diagnostic: Diagnostic, version: string): Diagnostic {
  const placed = (span: Span) => ({ ...span, file: `${version}${span.file}` });
  const related = diagnostic.related?.map(place => ({ ...place, span: placed(place.span) }));
  return { ...diagnostic, span: placed(diagnostic.span), ...(related === undefined ? {} : { related }) };
}
