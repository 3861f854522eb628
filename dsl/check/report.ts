import type { Diagnostic, RelatedPlace, Span } from '../diagnostics.ts';

/** Takes what is wrong; checking goes on, so that all errors of a file are told at once. */
export type Report = (diagnostic: Diagnostic) => void;

type Words = { readonly hint?: string | undefined; readonly related?: readonly RelatedPlace[] | undefined };

export function error(code: string, span: Span, message: string, words: Words = {}): Diagnostic {
  return diagnostic('error', code, span, message, words);
}

export function warning(code: string, span: Span, message: string, words: Words = {}): Diagnostic {
  return diagnostic('warning', code, span, message, words);
}

/** What this version cannot run yet: `check` warns, `run` refuses by the code's prefix. */
export function notYet(code: string, span: Span, what: string, hint?: string): Diagnostic {
  return diagnostic('warning', code, span, `${what} in this version yet`, { hint });
}

function diagnostic(
  severity: Diagnostic['severity'],
  code: string,
  span: Span,
  message: string,
  { hint, related }: Words,
): Diagnostic {
  return {
    code,
    severity,
    message,
    span,
    ...(related === undefined ? {} : { related }),
    ...(hint === undefined ? {} : { hint }),
  };
}
