import { SEVERITIES } from '../../dsl/plan.ts';
import { Html, html } from './html.ts';
import type { PlacedFigure } from './page-data.ts';
import type { RecordedFigure, RecordedRule, RecordedRun } from './recorded-run.ts';
import { countText, shownKey } from './shown.ts';

/** A section for each rule, with the charts of its keys: rules with alerts first. */
export function ruleSections(run: RecordedRun, figures: readonly PlacedFigure[]): Html {
  const inOrder = run.rules.toSorted((a, b) => raisedBy(run, b.name) - raisedBy(run, a.name) || 0);
  const isTold = (rule: RecordedRule) => rule.figures.length > 0 || raisedBy(run, rule.name) > 0;
  const quiet = inOrder.filter(rule => !isTold(rule)).map(({ name }) => name);
  return html`${inOrder.filter(isTold).map(rule => section(rule, run, figures))}
${quiet.length === 0 ? '' : html`<p class="more">Nothing came for ${quiet.slice(0, 20).join(', ')}${quiet.length > 20 ? ` and ${countText(quiet.length - 20)} more rules` : ''}.</p>`}
${run.rulesLeftOut === 0 ? '' : html`<p class="more">${countText(run.rulesLeftOut)} further rules are not drawn.</p>`}
${run.labelsLeftOut === 0 ? '' : html`<p class="more">${countText(run.labelsLeftOut)} further labels are not drawn.</p>`}`;
}

function section(rule: RecordedRule, run: RecordedRun, figures: readonly PlacedFigure[]): Html {
  const own = figures.filter(({ rule: name }) => name === rule.name);
  return html`<section class="rule">
<h2>${rule.name}</h2>
<p class="raised">${raisedText(run, rule.name)}</p>
${own.map(placed => figureHtml(placed))}
${leftOutText(rule)}
</section>
`;
}

function figureHtml({ at, rule, figure }: PlacedFigure): Html {
  const key = shownKey(figure.key);
  return html`<figure id="figure-${at}" tabindex="-1">
<figcaption>${key} <span class="rule-name">${rule}</span></figcaption>
${figure.panels.length === 0 ? html`<p class="more">No row of it came in this run.</p>` : ''}
${figure.panels.map((panel, place) => chartHtml(panel, { at, place, key }))}
</figure>
`;
}

function chartHtml(
  panel: RecordedFigure['panels'][number],
  { at, place, key }: { readonly at: number; readonly place: number; readonly key: string },
): Html {
  const names = panel.lines.map(({ text }) => text).join(', ');
  const label = `${names}${panel.unit === null ? '' : ` in ${panel.unit}`} of ${key} over time. Arrows move along it, + and − zoom, 0 shows the whole run`;
  return html`<div class="chart ${panel.kind}" data-figure="${at}" data-panel="${place}" tabindex="0" role="group" aria-roledescription="chart" aria-label="${label}"></div>
`;
}

function raisedBy(run: RecordedRun, rule: string): number {
  return Object.values(run.raised.get(rule) ?? {}).reduce((sum, count) => sum + count, 0);
}

function raisedText(run: RecordedRun, rule: string): string {
  const counts = run.raised.get(rule) ?? {};
  const told = SEVERITIES.toReversed().flatMap(level => {
    const count = counts[level] ?? 0;
    return count === 0 ? [] : [`${countText(count)} ${level}`];
  });
  return told.length === 0 ? 'No alert' : `Raised ${told.join(', ')}`;
}

function leftOutText({ keysLeftOut, alertingKeysLeftOut, isMore }: RecordedRule): Html {
  if (keysLeftOut === 0) return html``;
  const more = isMore ? 'At least ' : '';
  const alerting =
    alertingKeysLeftOut === 0 ? 'without an alert' : `of which ${countText(alertingKeysLeftOut)} had alerts`;
  return html`<p class="more">${more}${countText(keysLeftOut)} further ${keysLeftOut === 1 ? 'key' : 'keys'}, ${alerting}, ${keysLeftOut === 1 ? 'is' : 'are'} not drawn.</p>`;
}
