import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A rule text of a document, and the picture that stands right below it. */
export type PageExample = {
  readonly document: string; // from the root
  readonly line: number; // of the document, on which the text starts
  readonly text: string;
  readonly picture: string | null; // the file's name
};

const ROOT = join(import.meta.dirname, '../..');

const FENCED = /^```mill( \w+)?\n([\s\S]*?)^```\n(?:\n*!\[[^\]]*\]\((?:docs\/language\/)?pictures\/([\w-]+\.svg)\))?/gm;

/** Every rule text that may have a picture, in order. */
export function pageExamples(): PageExample[] {
  return examplesIn(['README.md', 'docs/language/*.md']);
}

/**
 * Rule texts of documents: `mill` is a whole rule file, `mill more` goes on with the one before it. Others are parts, and
 * no examples.
 */
export function examplesIn(pattern: string | readonly string[]): PageExample[] {
  const documents = globSync(pattern, { cwd: ROOT }).map(path => path.replaceAll('\\', '/'));
  return documents.sort().flatMap(document => examplesOf(document, readFileSync(join(ROOT, document), 'utf8')));
}

function examplesOf(document: string, markdown: string): PageExample[] {
  const examples: PageExample[] = [];
  for (const { 1: word, 2: text, 3: picture = null, index } of markdown.matchAll(FENCED)) {
    const line = markdown.slice(0, index).split('\n').length + 1;
    if (word === undefined) examples.push({ document, line, text: text!, picture });
    else if (word === ' more') examples.push({ ...continued(examples.at(-1)!, line, text!), picture });
  }
  return examples;
}

/** With as many empty lines in between as keep each line where it stands in the document. */
function continued(before: PageExample, line: number, text: string): PageExample {
  const ended = before.line + before.text.split('\n').length - 1;
  return { ...before, text: before.text + '\n'.repeat(line - ended) + text };
}
