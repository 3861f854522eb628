import { posix } from 'node:path';
import MarkdownIt, { type Token } from 'markdown-it';
import type { Document } from './documents.ts';
import { highlightMill } from './highlight-mill.ts';
import { escapedMarkup } from './markup.ts';

export type Rendered = {
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly links: readonly Link[];
};

export type Heading = { readonly id: string; readonly text: string; readonly level: number };

/** A link into the repository: the file, from its root, and the heading. */
export type Link = { readonly target: string; readonly anchor: string | null; readonly line: number };

const markdown = new MarkdownIt({ html: false });

/** `urlOf` gives the page or file of the site for a path of the repository; undefined: there is none. */
export function renderDocument(document: Document, urlOf: (path: string) => string | undefined): Rendered {
  const tokens = markdown.parse(document.text, {});
  const headings = nameHeadings(tokens);
  const links: Link[] = [];
  for (const { children, map } of tokens) {
    for (const token of children ?? []) {
      const attribute = token.type === 'link_open' ? 'href' : token.type === 'image' ? 'src' : null;
      const written = attribute === null ? null : String(token.attrGet(attribute));
      if (attribute === null || written === null || /^[a-z]+:/.test(written)) continue;
      const link = linkOf(written, document.path, (map?.[0] ?? 0) + 1);
      links.push(link);
      const url = urlOf(link.target);
      if (url === undefined) continue; // told by whoever checks the links
      const hash = link.anchor === null ? '' : `#${link.anchor}`;
      const isOwn = link.target === document.path && hash !== '';
      token.attrSet(attribute, isOwn ? hash : posix.relative(posix.dirname(document.url), url) + hash);
    }
  }
  return { html: markdown.renderer.render(tokens, markdown.options, {}), headings, links };
}

/** Ids as GitHub gives them, so that links lead to the same place in both. */
function nameHeadings(tokens: readonly Token[]): Heading[] {
  const taken = new Map<string, number>();
  return tokens.flatMap((token, index) => {
    if (token.type !== 'heading_open') return [];
    const text = plainText(tokens[index + 1]!);
    const name = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-');
    const count = taken.get(name) ?? 0;
    taken.set(name, count + 1);
    const id = count === 0 ? name : `${name}-${count}`;
    token.attrSet('id', id);
    return [{ id, text, level: Number(token.tag.slice(1)) }];
  });
}

function plainText(inline: Token): string {
  return (inline.children ?? []).map(({ content }) => content).join('');
}

function linkOf(written: string, from: string, line: number): Link {
  const [path, anchor] = written.split('#') as [string, string | undefined];
  const target = path === '' ? from : posix.join(posix.dirname(from), decodeURI(path)).replace(/\/$/, '');
  return { target, anchor: anchor ?? null, line };
}

markdown.renderer.rules['fence'] = (tokens, index) => {
  const { info, content } = tokens[index]!;
  const [language = ''] = info.split(' ');
  const code = language === 'mill' ? highlightMill(content) : escapedMarkup(content);
  return `<pre class="${escapedMarkup(language)}"><code>${code}</code></pre>\n`;
};

/** Wide tables scroll by themselves. */
markdown.renderer.rules['table_open'] = () => '<div class="table"><table>\n';
markdown.renderer.rules['table_close'] = () => '</table></div>\n';
