import { SEVERITIES } from '../../dsl/plan.ts';
import { Html, html } from './html.ts';
import type { PlacedFigure } from './page-data.ts';
import type { RecordedFigure, RecordedRule, RecordedRun } from './recorded-run.ts';
import { countText, shownKey } from './shown.ts';

/** What is told of a rule above its charts; those with a greater `count` come first, and those with none may be left out. */
export type ToldRule = { readonly count: number; readonly text: string };

type Sections = Pick<RecordedRun, 'rules' | 'rulesLeftOut' | 'labelsLeftOut'>;

/** A section for each rule, with the charts of its keys. */
export function ruleSections(
  { rules, rulesLeftOut, labelsLeftOut }: Sections,
  { figures, toldOf }: { readonly figures: readonly PlacedFigure[]; readonly toldOf: (rule: string) => ToldRule },
): Html {
  const inOrder = rules
    .map(rule => ({ rule, told: toldOf(rule.name) }))
    .toSorted((a, b) => b.told.count - a.told.count || 0);
  const isTold = ({ rule, told }: (typeof inOrder)[number]) => rule.figures.length > 0 || told.count > 0;
  const quiet = inOrder.filter(each => !isTold(each)).map(({ rule }) => rule.name);
  return html`${inOrder.filter(isTold).map(({ rule, told }) => section(rule, told.text, figures))}
${quiet.length === 0 ? '' : html`<p class="more">Nothing came for ${quiet.slice(0, 20).join(', ')}${quiet.length > 20 ? ` and ${countText(quiet.length - 20)} more rules` : ''}.</p>`}
${rulesLeftOut === 0 ? '' : html`<p class="more">${countText(rulesLeftOut)} further rules are not drawn.</p>`}
${labelsLeftOut === 0 ? '' : html`<p class="more">${countText(labelsLeftOut)} further labels are not drawn.</p>`}`;
}

/** How often a rule was raised, by level. */
export function toldOfAlerts({ raised }: RecordedRun): (rule: string) => ToldRule {
  return rule => {
    const counts = raised.get(rule) ?? {};
    const told = SEVERITIES.toReversed().flatMap(level => {
      const count = counts[level] ?? 0;
      return count === 0 ? [] : [`${countText(count)} ${level}`];
    });
    return {
      count: Object.values(counts).reduce((sum, count) => sum + count, 0),
      text: told.length === 0 ? 'No alert' : `Raised ${told.join(', ')}`,
    };
  };
}

function section(rule: RecordedRule, text: string, figures: readonly PlacedFigure[]): Html {
  const own = figures.filter(({ rule: name }) => name === rule.name);
  return html`<section class="rule">
<h2>${rule.name}</h2>
<p class="raised">${text}</p>
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

function leftOutText({ keysLeftOut, alertingKeysLeftOut, isMore }: RecordedRule): Html {
  if (keysLeftOut === 0) return html``;
  const more = isMore ? 'At least ' : '';
  const alerting =
    alertingKeysLeftOut === 0 ? 'without an alert' : `of which ${countText(alertingKeysLeftOut)} had alerts`;
  return html`<p class="more">${more}${countText(keysLeftOut)} further ${keysLeftOut === 1 ? 'key' : 'keys'}, ${alerting}, ${keysLeftOut === 1 ? 'is' : 'are'} not drawn.</p>`;
}
