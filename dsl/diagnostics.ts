/** A place in a rule file: UTF-16 offsets into the file's text, `end` exclusive. */
export type Span = { readonly file: string; readonly start: number; readonly end: number };

/** Another place, where two things disagree. */
export type RelatedPlace = { readonly span: Span; readonly message: string };

/**
 * One thing a user should know about a rule file. The text on a terminal and the line of JSON are renderings of this.
 * Codes never change meaning; every code has its page under `docs/errors/`.
 */
export type Diagnostic = {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly span: Span;
  readonly related?: readonly RelatedPlace[];
  readonly hint?: string;
};

/**
 * What this version cannot run yet (MR8xxx) is a warning of the compiler, and an error for who runs the plan: without it that would be
 * another one than its author means.
 */
export function refusedIfLater(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.code.startsWith('MR8') ? { ...diagnostic, severity: 'error' } : diagnostic;
}
