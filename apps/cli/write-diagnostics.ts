import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { renderDiagnostic, type TextOf } from '../../dsl/render-diagnostic.ts';
import { coloursFor } from './terminal.ts';

/** Writes what is wrong in rule files to standard error, each with its place. */
export function writeDiagnostics(diagnostics: readonly Diagnostic[], textOf: TextOf): void {
  const isColoured = coloursFor(process.stderr).isColorSupported;
  const texts = diagnostics.map(diagnostic => renderDiagnostic(diagnostic, textOf, { isColoured }));
  if (texts.length > 0) process.stderr.write(texts.join('\n'));
}
