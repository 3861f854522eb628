import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A rule text of a page, and the picture that stands right below it. */
export type PageExample = {
  readonly page: string; // the file's name
  readonly line: number; // of the page, on which the text starts
  readonly text: string;
  readonly picture: string | null; // the file's name
};

export const LANGUAGE_FOLDER = join(import.meta.dirname, '../../docs/language');

const FENCED = /^```mill\n([\s\S]*?)^```\n(?:\n*!\[[^\]]*\]\(pictures\/([\w-]+\.svg)\))?/gm;

/** Every rule text of the language's pages, in order. */
export function pageExamples(folder: string = LANGUAGE_FOLDER): PageExample[] {
  const pages = readdirSync(folder).filter(name => name.endsWith('.md'));
  return pages.sort().flatMap(page => examplesOf(page, readFileSync(join(folder, page), 'utf8')));
}

function examplesOf(page: string, markdown: string): PageExample[] {
  return [...markdown.matchAll(FENCED)].map(({ 1: text, 2: picture, index }) => {
    const line = markdown.slice(0, index).split('\n').length + 1;
    return { page, line, text: text!, picture: picture ?? null };
  });
}
