import type { Comment } from '../ast.ts';
import type { Line } from './line.ts';
import type { Source } from './source.ts';

type Row = {
  readonly code: string;
  readonly comment: string | null;
  readonly hasBlankBefore: boolean;
  readonly closes: boolean;
};

/**
 * Puts comments and empty lines back between the lines of code. A comment on a line of its own stands before the code
 * that followed it; one behind code stays behind the line that this code is on now, where only the last has room:
 * those before it get lines of their own.
 */
export function withComments(lines: readonly Line[], comments: readonly Comment[], source: Source): string {
  const trailing = trailingComments(lines, comments);
  const ownLine = comments.filter(comment => !trailing.taken.has(comment));
  const rows: Row[] = [];
  let next = 0;
  lines.forEach((line, index) => {
    const closes = line.bracket === 'closes';
    const commentIndent = closes ? line.indent + 2 : line.indent;
    const anchor = (comment: Comment) => trailing.displaced.get(comment) ?? comment.span.start;
    while (next < ownLine.length && anchor(ownLine[next]!) <= line.start)
      rows.push(commentRow(ownLine[next++]!, commentIndent, source));
    rows.push({
      code: ' '.repeat(line.indent) + line.code,
      comment: trailing.byLine.get(index) ?? null,
      hasBlankBefore: line.keepsBlankBefore && source.hasBlankLineBefore(line.start),
      closes,
    });
  });
  while (next < ownLine.length) rows.push(commentRow(ownLine[next++]!, 0, source));
  return textOf(rows);
}

function commentRow(comment: Comment, indent: number, source: Source): Row {
  const hasBlankBefore = comment.isOwnLine && source.hasBlankLineBefore(comment.span.start);
  return { code: ' '.repeat(indent) + comment.text, comment: null, hasBlankBefore, closes: false };
}

type Trailing = {
  readonly byLine: ReadonlyMap<number, string>;
  readonly taken: ReadonlySet<Comment>;
  readonly displaced: ReadonlyMap<Comment, number>; // to the start of their line
};

function trailingComments(lines: readonly Line[], comments: readonly Comment[]): Trailing {
  const last = new Map<number, Comment>();
  const displaced = new Map<Comment, number>();
  let index = -1;
  for (const comment of comments) {
    while (index + 1 < lines.length && lines[index + 1]!.start <= comment.span.start) index++;
    if (comment.isOwnLine || index < 0) continue;
    const before = last.get(index);
    if (before) displaced.set(before, lines[index]!.start);
    last.set(index, comment);
  }
  const byLine = new Map([...last].map(([line, comment]) => [line, comment.text]));
  return { byLine, taken: new Set(last.values()), displaced };
}

function textOf(rows: readonly Row[]): string {
  const columns = commentColumns(rows);
  let text = '';
  rows.forEach(({ code, comment, hasBlankBefore, closes }, index) => {
    const opensBefore = index === 0 || rows[index - 1]!.code.endsWith('{');
    if (hasBlankBefore && !opensBefore && !closes) text += '\n';
    text += `${comment ? code.padEnd(columns[index]!) + comment : code}\n`;
  });
  return text;
}

/** Comments on neighbouring lines stand under each other. */
function commentColumns(rows: readonly Row[]): number[] {
  const columns: number[] = [];
  for (let start = 0; start < rows.length; ) {
    let end = start;
    let width = 0;
    while (end < rows.length && rows[end]!.comment) width = Math.max(width, rows[end++]!.code.length);
    while (columns.length < end) columns.push(width + 2);
    if (end === start) columns.push(0);
    start = columns.length;
  }
  return columns;
}
