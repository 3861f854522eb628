/**
 * Diagnostics for people and for programs: the layout on a terminal, and one JSON object with lines and columns.
 * Lines and columns count from 1, columns in UTF-16 units, a tab as one.
 */
import type { Diagnostic, Span } from './diagnostics.ts';

/** The text of a file, where it can still be read. */
export type TextOf = (file: string) => string | undefined;

export type Position = { readonly line: number; readonly column: number };

/** A span with its lines and columns, where the file's text is at hand. */
export type PlaceJson = Span & { readonly from?: Position; readonly to?: Position };

export type DiagnosticJson = {
  readonly code: string;
  readonly severity: Diagnostic['severity'];
  readonly message: string;
  readonly span: PlaceJson;
  readonly related: readonly { readonly span: PlaceJson; readonly message: string }[];
  readonly hint: string | null;
};

/** Without the file's text only `file:offset` can be said of a place. */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  textOf: TextOf,
  { isColoured }: { readonly isColoured: boolean },
): string {
  const paint = isColoured ? colours(diagnostic.severity) : NO_COLOURS;
  const related = diagnostic.related ?? [];
  const shown = [diagnostic.span, ...related.map(place => place.span)].map(span => excerptOf(span, textOf));
  const margin = Math.max(1, ...shown.map(excerpt => String(excerpt?.lastLine ?? 1).length));
  const lines = [
    `${paint.severity(`${diagnostic.severity}[${diagnostic.code}]`)}${paint.strong(`: ${diagnostic.message}`)}`,
    ...placeLines({ span: diagnostic.span, excerpt: shown[0]!, margin, underline: paint.severity, paint }),
  ];
  related.forEach(({ span, message }, index) => {
    lines.push(`${' '.repeat(margin)} ${paint.frame('=')} ${message}:`);
    lines.push(...placeLines({ span, excerpt: shown[index + 1]!, margin, underline: paint.frame, paint }));
  });
  if (diagnostic.hint)
    lines.push(`${' '.repeat(margin)} ${paint.frame('=')} ${paint.strong('hint')}: ${diagnostic.hint}`);
  lines.push(`${' '.repeat(margin)} ${paint.frame('=')} ${paint.strong('more')}: millrace explain ${diagnostic.code}`);
  return `${lines.join('\n')}\n`;
}

export function toJson(diagnostic: Diagnostic, textOf: TextOf): DiagnosticJson {
  const place = (span: Span): PlaceJson => {
    const text = textOf(span.file);
    return text === undefined ? span : { ...span, from: positionAt(text, span.start), to: positionAt(text, span.end) };
  };
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    message: diagnostic.message,
    span: place(diagnostic.span),
    related: (diagnostic.related ?? []).map(({ span, message }) => ({ span: place(span), message })),
    hint: diagnostic.hint ?? null,
  };
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

// ---------------------------------------------------------------- excerpts

const MAX_LINE_WIDTH = 100;
const TAB = '    ';

/** The lines to show; of a span over several lines the first and the last one. */
type Excerpt = {
  readonly position: Position;
  readonly lines: readonly ExcerptLine[];
  readonly lastLine: number;
  readonly isGapped: boolean;
};
type ExcerptLine = { readonly number: number; readonly code: string; readonly caret: number; readonly width: number };

function excerptOf(span: Span, textOf: TextOf): Excerpt | null {
  const text = textOf(span.file);
  if (text === undefined) return null;
  const position = positionAt(text, span.start);
  const last = positionAt(text, Math.max(span.start, span.end - 1));
  const first = excerptLine({ text, line: position.line, offset: span.start, end: span.end });
  if (last.line === position.line) return { position, lines: [first], lastLine: last.line, isGapped: false };
  const lastStart = startOfLine(text, span.end - 1);
  const firstCode = lastStart + /^[ \t]*/.exec(text.slice(lastStart))![0].length;
  const final = excerptLine({ text, line: last.line, offset: Math.min(firstCode, span.end - 1), end: span.end });
  return { position, lines: [first, final], lastLine: last.line, isGapped: last.line > position.line + 1 };
}

type MarkedText = { readonly text: string; readonly line: number; readonly offset: number; readonly end: number };

function excerptLine({ text, line, offset, end }: MarkedText): ExcerptLine {
  const start = startOfLine(text, offset);
  const source = text.slice(start, endOfLine(text, offset));
  const caretEnd = Math.max(offset, Math.min(end, start + source.length));
  const caret = widen(source.slice(0, offset - start)).length;
  const width = Math.max(1, widen(source.slice(offset - start, caretEnd - start)).length);
  return { number: line, ...cutAround({ code: widen(source).trimEnd(), caret, width }) };
}

/** Long lines are cut so that the marked place stays in sight. */
function cutAround({ code, caret, width }: { readonly code: string; readonly caret: number; readonly width: number }) {
  if (code.length <= MAX_LINE_WIDTH) return { code, caret, width };
  const marked = Math.min(width, MAX_LINE_WIDTH / 2);
  const from = Math.max(0, Math.min(caret - Math.floor((MAX_LINE_WIDTH - marked) / 2), code.length - MAX_LINE_WIDTH));
  const to = Math.min(code.length, from + MAX_LINE_WIDTH);
  const [before, after] = [from > 0 ? '…' : '', to < code.length ? '…' : ''];
  const cut = before + code.slice(from, to) + after;
  const cutCaret = caret - from + before.length;
  return { code: cut, caret: cutCaret, width: Math.max(1, Math.min(width, cut.length - cutCaret)) };
}

function widen(source: string): string {
  return source.replaceAll('\t', TAB).replaceAll('\uFEFF', '');
}

function startOfLine(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  const last = end < 0 ? text.length : end;
  return text[last - 1] === '\r' ? last - 1 : last;
}

// ---------------------------------------------------------------- layout

type PlaceView = {
  readonly span: Span;
  readonly excerpt: Excerpt | null;
  readonly margin: number;
  readonly underline: Paint;
  readonly paint: Colours;
};

function placeLines({ span, excerpt, margin, underline, paint }: PlaceView): string[] {
  const indent = ' '.repeat(margin);
  if (!excerpt) return [`${indent}${paint.frame('-->')} ${span.file}:${span.start}`];
  const { position, lines, isGapped } = excerpt;
  const bar = `${indent} ${paint.frame('|')}`;
  const code = lines.flatMap(({ number, code, caret, width }, index) => [
    ...(index > 0 && isGapped ? [`${indent} ${paint.frame('…')}`] : []),
    `${paint.frame(String(number).padStart(margin))} ${paint.frame('|')} ${code}`.trimEnd(),
    `${bar} ${' '.repeat(caret)}${underline('^'.repeat(width))}`,
  ]);
  return [`${indent}${paint.frame('-->')} ${span.file}:${position.line}:${position.column}`, bar, ...code];
}

type Paint = (text: string) => string;
type Colours = { readonly severity: Paint; readonly strong: Paint; readonly frame: Paint };

const NO_COLOURS: Colours = { severity: text => text, strong: text => text, frame: text => text };

function colours(severity: Diagnostic['severity']): Colours {
  const ansi =
    (code: string): Paint =>
    text =>
      `\x1b[${code}m${text}\x1b[0m`;
  return { severity: ansi(severity === 'error' ? '1;31' : '1;33'), strong: ansi('1'), frame: ansi('34') };
}
