import { compile } from '../../../dsl/compile.ts';
import { scan } from '../../../dsl/parse/scan.ts';
import { escapedMarkup } from './markup.ts';

/**
 * A rule text with its words told apart by the parser itself: keywords are contextual (MEANING.md 36), so a list of words
 * would paint fields. A text that does not parse, as on pages of errors, has its comments and texts told apart only.
 */
export function highlightMill(text: string): string {
  const { ast } = compile({ file: '', text });
  const comments = scan(text).comments.map(({ start, end }) => ({ start, end, class: 'comment' }));
  const leaves = ast === null ? textsOf(text, comments) : leavesOf(ast);
  const marks = [...comments, ...leaves].sort((a, b) => a.start - b.start);
  let html = '';
  let at = 0;
  for (const { start, end, class: kind } of marks) {
    if (start < at) continue;
    html += between(text.slice(at, start), ast !== null);
    html += `<span class="${kind}">${escapedMarkup(text.slice(start, end))}</span>`;
    at = end;
  }
  return html + between(text.slice(at), ast !== null);
}

type Mark = { readonly start: number; readonly end: number; readonly class: string };

const CLASS_BY_KIND: Readonly<Record<string, string>> = {
  identifier: 'name',
  name: 'name',
  path: 'name',
  number: 'number',
  duration: 'number',
  events: 'number',
  string: 'string',
  boolean: 'number',
  null: 'number',
  severity: 'severity',
};

/** Names, literals and severities; every other word is a keyword. */
function leavesOf(node: unknown): Mark[] {
  if (Array.isArray(node)) return node.flatMap(leavesOf);
  if (typeof node !== 'object' || node === null) return [];
  const { kind, span } = node as { readonly kind?: unknown; readonly span?: { start: number; end: number } };
  const own = typeof kind === 'string' && Object.hasOwn(CLASS_BY_KIND, kind) ? CLASS_BY_KIND[kind] : undefined;
  if (own !== undefined && span !== undefined) return [{ start: span.start, end: span.end, class: own }];
  if (kind === undefined && span !== undefined && 'text' in node) return [{ ...span, class: 'number' }]; // a unit
  return Object.values(node).flatMap(leavesOf);
}

function textsOf(text: string, comments: readonly Mark[]): Mark[] {
  const quoted = [...text.matchAll(/"(?:[^"\\\n]|\\.)*"/g)];
  const marks = quoted.map(({ 0: { length }, index }) => ({ start: index, end: index + length, class: 'string' }));
  return marks.filter(({ start }) => !comments.some(comment => comment.start < start && start < comment.end));
}

function between(text: string, areWordsKeywords: boolean): string {
  if (!areWordsKeywords) return escapedMarkup(text);
  return escapedMarkup(text).replaceAll(/(?<![&\w])[a-z][\w-]*(?!;)/g, word => `<span class="keyword">${word}</span>`);
}
