import { type CompileResult, compile } from '../../dsl/compile.ts';
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import type { Plan } from '../../dsl/plan.ts';
import { writeCodedMessage } from './coded-message.ts';
import { RuleFiles } from './rule-files.ts';
import { writeDiagnostics } from './write-diagnostics.ts';

export type CompileFilesOptions = {
  /** What this version cannot run yet (MR8xxx): `check` and `test` warn, `run` refuses. */
  readonly later: 'warning' | 'error';
  /** Whether `store` statements count; without them (`--store none`) the plan stores nothing. */
  readonly isStored: boolean;
};

export type Compiled = CompileResult & { readonly plan: Plan };

/** Compiles rule files as one program and writes what is wrong to standard error; null where that is an error. */
export function compileFiles(files: readonly string[], { later, isStored }: CompileFilesOptions): Compiled | null {
  const ruleFiles = new RuleFiles(files);
  const result = compile({ ...ruleFiles.main, read: ruleFiles.read });
  const diagnostics = result.diagnostics.map(diagnostic => withSeverity(diagnostic, later));
  writeDiagnostics(diagnostics, ruleFiles.textOf);
  if (result.plan === null || diagnostics.some(diagnostic => diagnostic.severity === 'error')) return null;

  const stored = result.plan.nodes.flatMap(node => (node.kind === 'store' ? [node.input] : []));
  if (isStored && stored.length > 0) {
    const message = `series cannot be stored in this version yet: ${stored.join(', ')}`;
    writeCodedMessage({ severity: later, code: 'MR8001', message, hint: 'run with `--store none` to leave them out' });
    if (later === 'error') return null;
  }
  const nodes = result.plan.nodes.filter(node => node.kind !== 'store');
  return { ...result, plan: { ...result.plan, nodes } };
}

function withSeverity(diagnostic: Diagnostic, later: 'warning' | 'error'): Diagnostic {
  return diagnostic.code.startsWith('MR8') ? { ...diagnostic, severity: later } : diagnostic;
}
