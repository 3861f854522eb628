import { createHash } from 'node:crypto';
import { SEVERITIES } from '../../dsl/plan.ts';
import type { Counts } from '../../engine/runtime/delivery.ts';
import { alertTable } from './alert-table.ts';
import { alertLanes } from './alert-lanes.ts';
import { ruleSections } from './rule-sections.ts';
import { Html, html, jsonHtml } from './html.ts';
import { chartLibrary, pageScript, pageStyle } from './page-assets.ts';
import { pageData, placedFigures } from './page-data.ts';
import type { RecordedRun } from './recorded-run.ts';
import { countText, shownTime } from './shown.ts';

export type Report = {
  readonly title: string;
  /** Rule files, as they were named. */
  readonly files: readonly string[];
  readonly run: RecordedRun;
  /** What the run counted; null: it failed before. */
  readonly counts: Pick<Counts, 'events' | 'late' | 'rejected'> | null;
  /** What a reader has to know of it first, as that it was stopped; null: nothing. */
  readonly note: string | null;
};

/**
 * One page that needs nothing but itself: alerts in a table and over time, and charts of what their rules looked at. It asks the
 * network for nothing, and its content policy lets no script run but its own. The same report gives the same page.
 */
export function reportHtml({ title, files, run, counts, note }: Report): string {
  const figures = placedFigures(run);
  const script = pageScript();
  const library = chartLibrary();
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
<p class="meta">${run.stretch === null ? 'Nothing was read' : `${stretchText(run.stretch)} UTC`}${files.length === 0 ? '' : ` · ${files.join(', ')}`}</p>
${note === null ? '' : html`<p class="note">${note}</p>`}
${countTiles(run, counts)}
</header>
<main>
${alertLanes(run)}
${alertTable(run, figures)}
${toolbar(run)}
${ruleSections(run, figures)}
</main>
<footer>
<p>Times are in UTC. ${thinningText(run)}</p>
</footer>
<noscript><p class="note">The charts need JavaScript; what stands above is complete without.</p></noscript>
<script type="application/json" id="report-data">${jsonHtml(pageData(run, figures))}</script>
<script>${library.script}</script>
<script>${script}</script>
</body>
</html>
`;
  return page.text;
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

function countTiles(run: RecordedRun, counts: Report['counts']): Html {
  const raised = SEVERITIES.toReversed().map(level => {
    const count = [...run.raised.values()].reduce((sum, levels) => sum + (levels[level] ?? 0), 0);
    return { level, count };
  });
  const total = raised.reduce((sum, { count }) => sum + count, 0);
  const ofLevels = raised.filter(({ count }) => count > 0);
  return html`<dl class="tiles">
${counts === null ? '' : tile('events', counts.events)}
${tile(total === 1 ? 'alert raised' : 'alerts raised', total)}
${ofLevels.map(({ level, count }) => tile(level, count, level))}
${counts === null || counts.late === 0 ? '' : tile('events late', counts.late)}
${counts === null || counts.rejected === 0 ? '' : tile('events rejected', counts.rejected)}
${run.labels.length === 0 ? '' : tile(run.labels.length === 1 ? 'label' : 'labels', run.labels.length)}
</dl>`;
}

function tile(name: string, count: number, level = ''): Html {
  return html`<div class="tile ${level}"><dt>${name}</dt><dd>${countText(count)}</dd></div>`;
}

function toolbar({ stretch, rules }: RecordedRun): Html {
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

function thinningText({ rules }: RecordedRun): string {
  const traces = rules.flatMap(({ figures }) => figures.flatMap(({ panels }) => panels.map(({ trace }) => trace)));
  const isThinned = traces.some(trace => trace.isThinned);
  return isThinned
    ? 'Long series are drawn by the least and the greatest value of short stretches; around alerts every reading is there.'
    : 'Every reading is drawn.';
}
