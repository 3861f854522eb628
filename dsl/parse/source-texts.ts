import type { Diagnostic, Span } from '../diagnostics.ts';

/** The texts of the compiled files, in the order in which they were read. */
export class SourceTexts {
  readonly #files = new Map<
    string,
    { readonly text: string; readonly order: number; lineStarts?: readonly number[] }
  >();

  add(file: string, text: string): void {
    this.#files.set(file, { text, order: this.#files.size });
  }

  has(file: string): boolean {
    return this.#files.has(file);
  }

  textOf({ file, start, end }: Span): string {
    return this.#files.get(file)!.text.slice(start, end);
  }

  /** Counted from 1. */
  lineOf({ file, start }: Span): number {
    const source = this.#files.get(file)!;
    source.lineStarts ??= lineStartsOf(source.text);
    let low = 0;
    let high = source.lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (source.lineStarts[middle]! <= start) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** By file, then position, each once. */
  sort(diagnostics: readonly Diagnostic[]): Diagnostic[] {
    const orderOf = (span: Span) => this.#files.get(span.file)?.order ?? 0;
    const sorted = diagnostics.toSorted(
      (a, b) =>
        orderOf(a.span) - orderOf(b.span) ||
        a.span.start - b.span.start ||
        a.span.end - b.span.end ||
        compareText(a.code, b.code) ||
        compareText(a.message, b.message),
    );
    return sorted.filter((diagnostic, index) => index === 0 || !isSame(diagnostic, sorted[index - 1]!));
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function isSame(a: Diagnostic, b: Diagnostic): boolean {
  return a.span.start === b.span.start && a.span.end === b.span.end && a.code === b.code && a.message === b.message;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
