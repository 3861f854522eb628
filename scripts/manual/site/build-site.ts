import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Document, readDocuments, ROOT } from './documents.ts';
import { page } from './page.ts';
import { highlightMill } from './highlight-mill.ts';
import { type Heading, renderDocument, type Rendered } from './render-document.ts';
import { type Section, sectionsOf } from './sections.ts';

export type Site = {
  /** Content by path: texts, and bytes of pictures. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** Links that lead nowhere: `docs/units.md:7: no heading #ratio in docs/language/units.md`. */
  readonly brokenLinks: readonly string[];
};

/** All documents as pages with navigation and a search over titles; files that they link to go along. */
export function buildSite(documents: readonly Document[] = [...readDocuments()]): Site {
  const all = [...documents, indexOfErrors(documents)];
  const byPath = new Map(all.map(document => [document.path, document]));
  const urlOf = (path: string) => urlsOf(path, byPath);
  const rendered = new Map(all.map(document => [document, renderDocument(document, urlOf)]));
  const sections = sectionsOf(all);
  const pages = [...rendered].map(([document, { html }]) => [document.url, page(document, html, sections)] as const);
  const linked = [...rendered.values()].flatMap(({ links }) => links.map(({ target }) => target));
  const copied = [...new Set(linked)].filter(path => !byPath.has(path) && isFile(path));
  const files = new Map([
    ...pages,
    ...copied.map(path => linkedFile(path, sections)),
    ...['style.css', 'search.js'].map(name => [name, readFileSync(join(import.meta.dirname, name), 'utf8')] as const),
    ['search-index.js', searchIndex(rendered)],
  ]);
  return { files, brokenLinks: brokenLinks(rendered, { byPath, urlOf }) };
}

/** A folder is its own page, where it has one. */
function urlsOf(path: string, byPath: ReadonlyMap<string, Document>): string | undefined {
  const document = byPath.get(path) ?? byPath.get(posix.join(path, 'README.md'));
  if (document !== undefined) return document.url;
  if (!isFile(path)) return undefined;
  return isRuleFile(path) ? `${path}.html` : path;
}

/** A rule file is shown as a page; everything else goes along as it is. */
function linkedFile(path: string, sections: readonly Section[]): readonly [path: string, content: string | Uint8Array] {
  const bytes = readFileSync(join(ROOT, path));
  if (path.endsWith('.png')) return [path, bytes];
  const text = bytes.toString('utf8');
  if (!isRuleFile(path)) return [path, text];
  const url = `${path}.html`;
  const content = `<h1>${path}</h1>\n<pre class="mill"><code>${highlightMill(text)}</code></pre>\n`;
  return [url, page({ path, url, title: path, text }, content, sections)];
}

function isRuleFile(path: string): boolean {
  return path.endsWith('.mill');
}

function isFile(path: string): boolean {
  const file = join(ROOT, path);
  return !path.startsWith('..') && existsSync(file) && statSync(file).isFile();
}

function brokenLinks(
  rendered: ReadonlyMap<Document, Rendered>,
  { byPath, urlOf }: { byPath: ReadonlyMap<string, Document>; urlOf: (path: string) => string | undefined },
): string[] {
  return [...rendered].flatMap(([{ path }, { links }]) =>
    links.flatMap(({ target, anchor, line }) => {
      if (urlOf(target) === undefined) return [`${path}:${line}: no file ${target}`];
      const headings = rendered.get(byPath.get(target)!)?.headings ?? [];
      if (anchor === null || headings.some(({ id }) => id === anchor)) return [];
      return [`${path}:${line}: no heading #${anchor} in ${target}`];
    }),
  );
}

/** One line for each code; in the repository the folder itself is the list. */
function indexOfErrors(documents: readonly Document[]): Document {
  const errors = documents.filter(({ path }) => path.startsWith('docs/errors/'));
  const lines = errors.map(({ path, title }) => `- [${title}](${posix.basename(path)})`);
  const title = 'Error codes';
  const text = `# ${title}\n\n\`millrace explain CODE\` shows the same pages.\n\n${lines.join('\n')}\n`;
  return { path: 'docs/errors/README.md', url: 'docs/errors/index.html', title, text };
}

/** Titles of pages and of what stands in them, for `search.js`; a script, so that it works from a folder too. */
function searchIndex(rendered: ReadonlyMap<Document, Rendered>): string {
  const entries = [...rendered].flatMap(([{ url, title }, { headings }]) => {
    const within = (heading: Heading) => ({ title: heading.text, page: title, url: `${url}#${heading.id}` });
    return [{ title, page: '', url }, ...headings.filter(({ level }) => level > 1).map(within)];
  });
  return `const searchIndex = [\n${entries.map(entry => JSON.stringify(entry)).join(',\n')}\n];\n`;
}
