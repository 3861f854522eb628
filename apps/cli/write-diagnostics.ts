import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { renderDiagnostic } from '../../dsl/render-diagnostic.ts';

/** Writes what is wrong in rule files to standard error, each with its place. */
export function writeDiagnostics(diagnostics: readonly Diagnostic[], textOf: (file: string) => string): void {
  for (const diagnostic of diagnostics) process.stderr.write(`${renderDiagnostic(diagnostic, textOf)}\n`);
}
