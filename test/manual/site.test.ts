import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildSite } from '../../scripts/manual/site/build-site.ts';
import { type Document, readDocuments } from '../../scripts/manual/site/documents.ts';
import { highlightMill } from '../../scripts/manual/site/highlight-mill.ts';
import { escapedMarkup } from '../../scripts/manual/site/markup.ts';

const documents = readDocuments();
const { files, brokenLinks } = buildSite(documents);
const texts = new Map([...files].map(([path, content]) => [path, typeof content === 'string' ? content : '']));

describe('the site', () => {
  test('no link of a document is broken', () => {
    expect(brokenLinks).toEqual([]);
  });

  /** Read from what was written: not by the code that wrote it. */
  test('every page, file and heading that a page names is there', () => {
    const missing = [...texts].flatMap(([path, html]) => {
      if (!path.endsWith('.html')) return [];
      const named = [...html.matchAll(/ (?:href|src)="([^":]+)"/g)].map(match => match[1]!);
      return named.filter(link => !isThere(link, path)).map(link => `${path}: ${link}`);
    });
    expect(missing).toEqual([]);
  });

  test('every document is a page that another one leads to', () => {
    const pages = documents.map(({ url }) => url);
    expect(pages.filter(url => !files.has(url))).toEqual([]);
    const linked = new Set(
      [...texts].flatMap(([path, html]) =>
        [...html.matchAll(/ href="([^":#]+)/g)].map(match => posix.join(posix.dirname(path), match[1]!)),
      ),
    );
    expect(pages.filter(url => !linked.has(url))).toEqual([]);
  });

  test('the search knows the title of every page', () => {
    const index = texts.get('search-index.js')!;
    const entries: { title: string; url: string }[] = JSON.parse(
      index.slice(index.indexOf('['), index.lastIndexOf(']') + 1),
    );
    for (const { title, url } of documents) expect(entries).toContainEqual({ title, page: '', url });
  });

  test('a link to nothing, and one to a heading that is not there, are told with their lines', () => {
    const text =
      '# Start\n\nsee [a](gone.md), [b](docs/glossary.md#nothing), [c](#start), [d](docs/glossary.md#glossary)\n';
    const start: Document = { path: 'README.md', url: 'index.html', title: 'Start', text };
    const glossary = documents.find(({ path }) => path === 'docs/glossary.md')!;
    expect(buildSite([start, glossary]).brokenLinks).toEqual([
      'README.md:3: no file gone.md',
      'README.md:3: no heading #nothing in docs/glossary.md',
    ]);
  });
});

describe('rule texts', () => {
  test('words are told apart as the parser reads them', () => {
    const html = highlightMill('stream m from memory "m" { high: float degC  for: symbol } // high for\n');
    expect(html).toContain('<span class="keyword">stream</span> <span class="name">m</span>');
    expect(html).toContain('<span class="name">high</span>: ');
    expect(html).toContain('<span class="name">for</span>: ');
    expect(html).toContain('<span class="comment">// high for</span>');
  });

  test('a text that does not parse is shown as it is', () => {
    expect(highlightMill('rule x on { < & "a < b" // it')).toBe(
      'rule x on { &lt; &amp; <span class="string">&quot;a &lt; b&quot;</span> <span class="comment">// it</span>',
    );
  });

  test('nothing of a text is lost', () => {
    const rules = documents.flatMap(({ text }) =>
      [...text.matchAll(/^```mill.*\n([\s\S]*?)^```/gm)].map(match => match[1]!),
    );
    expect(rules.length).toBeGreaterThan(100);
    const withoutMarks = rules.map(text => highlightMill(text).replaceAll(/<\/?span[^>]*>/g, ''));
    expect(withoutMarks).toEqual(rules.map(escapedMarkup));
  });
});

function isThere(link: string, from: string): boolean {
  const [path = '', hash] = link.split('#');
  const target = path === '' ? from : posix.join(posix.dirname(from), path);
  const content = texts.get(target);
  return content !== undefined && (hash === undefined || content.includes(` id="${hash}"`));
}
