import { printable } from '../cli/printable.ts';

/** Text that is HTML: it was made by `html`, or is a file of our own. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Hole = string | number | Html | readonly Html[];

/** What stands in a hole is text, whatever it looks like, unless it is Html itself: markup in data stays data. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  return new Html(parts.reduce((text, part, at) => text + textOf(holes[at - 1]!) + part));
}

/** As the content of a `<script type="application/json">`: nothing in it ends the element or begins a comment. */
export function jsonHtml(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', String.raw`\u003c`));
}

function textOf(hole: Hole): string {
  if (hole instanceof Html) return hole.text;
  if (typeof hole === 'object') return hole.map(({ text }) => text).join('');
  return printable(String(hole)).replace(/[&<>"'`]/g, character => ENTITIES[character]!);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};
