import { posix } from 'node:path';
import type { Document } from './documents.ts';
import { escapedMarkup } from './markup.ts';
import type { Section } from './sections.ts';

/** A page of the site around a document's own markup. */
export function page(document: Document, content: string, sections: readonly Section[]): string {
  const to = (url: string) => posix.relative(posix.dirname(document.url), url);
  const title = document.url === 'index.html' ? 'Millrace' : `${document.title} · Millrace`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapedMarkup(title)}</title>
<link rel="stylesheet" href="${to('style.css')}">
<script src="${to('search-index.js')}" defer></script>
<script src="${to('search.js')}" defer></script>
</head>
<body data-root="${to('.') || '.'}">
<header>
<a class="home" href="${to('index.html')}">Millrace</a>
<div class="search"><input type="search" placeholder="Search titles ( / )" aria-label="Search titles" aria-controls="found" autocomplete="off"><ol id="found" hidden></ol></div>
<a class="contents" href="#contents">Contents</a>
</header>
<main>
${content}</main>
<nav id="contents" aria-label="Pages">
${sections.map(section => navigation(section, document, to)).join('\n')}
</nav>
</body>
</html>
`;
}

function navigation({ title, documents }: Section, current: Document, to: (url: string) => string): string {
  const items = documents.map(document => {
    const mark = document === current ? ' aria-current="page"' : '';
    return `<li><a href="${to(document.url)}"${mark}>${escapedMarkup(document.title)}</a></li>`;
  });
  return `<h2>${title}</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
}
