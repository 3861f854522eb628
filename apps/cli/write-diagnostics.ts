import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { renderDiagnostic, type TextOf } from '../../dsl/render-diagnostic.ts';
import { printable, printableLines } from './printable.ts';
import { coloursFor } from './terminal.ts';

/** More of them say no more, and would push the first ones off the screen. */
const MAX_SHOWN = 100;

/** Writes what is wrong in rule files to standard error, each with its place. */
export function writeDiagnostics(diagnostics: readonly Diagnostic[], textOf: TextOf): void {
  const isColoured = coloursFor(process.stderr).isColorSupported;
  const printableTexts = new Map<string, string | undefined>();
  const printableTextOf = (file: string) => {
    if (!printableTexts.has(file)) {
      const text = textOf(file);
      printableTexts.set(file, text === undefined ? undefined : printableLines(text));
    }
    return printableTexts.get(file);
  };
  const texts = diagnostics
    .slice(0, MAX_SHOWN)
    .map(diagnostic => renderDiagnostic(printableDiagnostic(diagnostic), printableTextOf, { isColoured }));
  const more = diagnostics.length - texts.length;
  if (more > 0) texts.push(`… and ${more.toLocaleString('en')} more like these\n`);
  if (texts.length > 0) process.stderr.write(texts.join('\n'));
}

function printableDiagnostic(diagnostic: Diagnostic): Diagnostic {
  const { message, hint } = diagnostic;
  return { ...diagnostic, message: printable(message), ...(hint === undefined ? {} : { hint: printable(hint) }) };
}
