import { createHash } from 'node:crypto';
import { Html, html, jsonHtml } from './html.ts';
import { chartLibrary, pageScript, pageStyle } from './page-assets.ts';
import type { PageData } from './page-data.ts';
import type { RecordedRun } from './recorded-run.ts';
import { countText, shownTime } from './shown.ts';

/** What a page has between its head and its scripts. */
export type Page = {
  readonly title: string;
  /** Behind when it was: of what. */
  readonly about: readonly string[];
  /** What a reader has to know of it first; null: nothing. */
  readonly note: string | null;
  readonly tiles: readonly Html[];
  /** Above the charts. */
  readonly overview: Html;
  readonly charts: Html;
  readonly run: Pick<RecordedRun, 'stretch' | 'rules'>;
  readonly data: PageData;
};

/**
 * One page that needs nothing but itself. It asks the network for nothing, and its content policy lets no script run but its own.
 */
export function pageHtml({ title, about, note, tiles, overview, charts, run, data }: Page): string {
  const script = pageScript();
  const library = chartLibrary();
  const { stretch } = run;
  const meta = [stretch === null ? 'Nothing was read' : `${stretchText(stretch)} UTC`, ...about];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy([library.script, script])}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${library.style}${pageStyle()}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="meta">${meta.join(' · ')}</p>
${note === null ? '' : html`<p class="note">${note}</p>`}
<dl class="tiles">
${tiles}</dl>
</header>
<main>
${overview}
${toolbar(run)}
${charts}
</main>
<footer>
<p>Times are in UTC. ${thinningText(run)}</p>
</footer>
<noscript><p class="note">The charts need JavaScript; what stands above is complete without.</p></noscript>
<script type="application/json" id="report-data">${jsonHtml(data)}</script>
<script>${library.script}</script>
<script>${script}</script>
</body>
</html>
`;
  return page.text;
}

/** `looks`: a class of the page. */
export function tile(name: string, what: number | string, looks = ''): Html {
  const text = typeof what === 'number' ? countText(what) : what;
  return html`<div class="tile ${looks}"><dt>${name}</dt><dd>${text}</dd></div>
`;
}

/** By the scripts' own hashes: nothing else runs, wherever it came from. */
function policy(scripts: readonly Html[]): string {
  const hashes = scripts.map(({ text }) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  const rules = [`default-src 'none'`, `script-src ${hashes.join(' ')}`, `style-src 'unsafe-inline'`, `img-src data:`];
  return [...rules, `base-uri 'none'`, `form-action 'none'`].join('; ');
}

/** Of long ones to the second. */
function stretchText({ fromUs, toUs }: NonNullable<RecordedRun['stretch']>): string {
  const unitUs = toUs - fromUs > 120_000_000 ? 1_000_000 : 1000;
  return [fromUs, toUs].map(timeUs => shownTime(Math.round(timeUs / unitUs) * unitUs)).join(' – ');
}

function toolbar({ stretch, rules }: Page['run']): Html {
  if (stretch === null || rules.every(({ figures }) => figures.length === 0)) return html``;
  return html`<div class="toolbar" role="toolbar" aria-label="Shown stretch">
<p id="shown" role="status" aria-live="polite">${stretchText(stretch)}</p>
<div class="buttons">
<button type="button" data-do="earlier" title="Earlier (Shift + ←)" aria-label="Earlier">‹</button>
<button type="button" data-do="later" title="Later (Shift + →)" aria-label="Later">›</button>
<button type="button" data-do="closer" title="Closer (+)" aria-label="Closer">+</button>
<button type="button" data-do="farther" title="Farther (−)" aria-label="Farther">−</button>
<button type="button" data-do="whole" title="The whole run (0)">Whole run</button>
</div>
</div>`;
}

function thinningText({ rules }: Page['run']): string {
  const traces = rules.flatMap(({ figures }) => figures.flatMap(({ panels }) => panels.map(({ trace }) => trace)));
  const isThinned = traces.some(trace => trace.isThinned);
  return isThinned
    ? 'Long series are drawn by the least and the greatest value of short stretches; around alerts every reading is there.'
    : 'Every reading is drawn.';
}
