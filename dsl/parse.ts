/**
 * Text to syntax tree. A file is parsed as a whole; only when that fails is it parsed statement by statement, so that
 * every statement's first mistake is reported, in order of position.
 */
import type { Comment, File, Statement } from './ast.ts';
import type { Diagnostic } from './diagnostics.ts';
import { SyntaxError as GrammarError, parse as parseGrammar } from './grammar.js';
import { describeMistake, type MistakeKind } from './parse/mistakes.ts';
import { findTooDeep } from './parse/nesting.ts';
import { type Scan, scan } from './parse/scan.ts';
import { describeUnexpected } from './parse/unexpected.ts';

export type ParseResult = { readonly file: File | null; readonly diagnostics: Diagnostic[] };

/** Either the file's tree, or at least one MR1xxx diagnostic. */
export function parse(text: string, file: string): ParseResult {
  const whole = parsePart({ source: text, file, start: 0, end: text.length });
  if (whole.statements) {
    return {
      file: { kind: 'file', file, statements: whole.statements, comments: commentsOf(whole.scan, text, file) },
      diagnostics: [],
    };
  }
  const diagnostics = partsOf(whole.scan, text, file).flatMap(part => parsePart(part).diagnostics);
  return { file: null, diagnostics: diagnostics.length > 0 ? diagnostics : whole.diagnostics };
}

type Part = { readonly source: string; readonly file: string; readonly start: number; readonly end: number };

type ParsedPart = {
  readonly statements: readonly Statement[] | null; // null: the diagnostics say why
  readonly scan: Scan;
  readonly diagnostics: Diagnostic[];
};

/** Thrown by the grammar's callback, caught by `parsePart` alone. */
class MistakeFound extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

function parsePart(part: Part): ParsedPart {
  const input = part.source.slice(part.start, part.end);
  const scanned = scan(input);
  const failed = (diagnostics: Diagnostic[]) => ({ statements: null, scan: scanned, diagnostics });
  if (scanned.mistakes.length > 0) {
    return failed(scanned.mistakes.map(({ kind, start, end }) => mistakeAt(part, kind, start, end)));
  }
  if (scanned.tooDeepAt !== null)
    return failed([mistakeAt(part, 'too-deep', scanned.tooDeepAt, scanned.tooDeepAt + 1)]);
  try {
    const statements = parseGrammar(input, {
      file: part.file,
      offset: part.start,
      mistake: (kind, start, end) => {
        throw new MistakeFound(mistakeAt(part, kind as MistakeKind, start, end));
      },
    });
    const tooDeep = findTooDeep(statements);
    if (tooDeep) return failed([mistakeAt(part, 'too-deep', tooDeep.start - part.start, tooDeep.end - part.start)]);
    return { statements, scan: scanned, diagnostics: [] };
  } catch (error) {
    return failed([diagnosticOf(error, part, scanned)]);
  }
}

function diagnosticOf(error: unknown, part: Part, scanned: Scan): Diagnostic {
  if (error instanceof MistakeFound) return error.diagnostic;
  if (error instanceof GrammarError) {
    const at = part.start + error.location.start.offset;
    return describeUnexpected({ ...part, at, expected: error.expected ?? [], scan: scanned });
  }
  // Nesting without brackets (`not not not …`, `case when case when …`) is bounded by the stack alone.
  if (error instanceof RangeError) return mistakeAt(part, 'too-deep', 0, Math.min(1, part.end - part.start));
  throw error;
}

function mistakeAt(part: Part, kind: MistakeKind, start: number, end: number): Diagnostic {
  const place = { source: part.source, start: start + part.start, end: end + part.start };
  const { code, message, hint, ...found } = describeMistake(kind, place);
  const span = { file: part.file, start: found.start ?? place.start, end: found.end ?? place.end };
  return { code, severity: 'error', message, span, hint };
}

function partsOf({ statementStarts }: Scan, source: string, file: string): Part[] {
  const starts = [0, ...statementStarts.filter(start => start > 0)];
  return starts.map((start, index) => ({ source, file, start, end: starts[index + 1] ?? source.length }));
}

function commentsOf({ comments }: Scan, text: string, file: string): Comment[] {
  return comments.map(({ start, end, isOwnLine }) => ({
    text: text.slice(start, end).trimEnd(),
    span: { file, start, end },
    isOwnLine,
  }));
}
