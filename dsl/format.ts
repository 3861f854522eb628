/**
 * The one way in which a rule file is laid out. Comments stay, and one empty line where there were some; parsing the
 * result gives the same tree, and formatting it again changes nothing.
 */
import type { File } from './ast.ts';
import { withComments } from './format/comments.ts';
import { Source } from './format/source.ts';
import { statementLines } from './format/statement.ts';

/** `text` is what `file` was parsed from; the empty text for a tree that was made otherwise. */
export function format(file: File, text: string): string {
  const source = new Source(text, file.comments);
  const lines = file.statements.flatMap(statement => statementLines(statement, source));
  return withComments(lines, file.comments, source);
}
