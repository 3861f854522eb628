import { type AlertDifference, firstOf } from '../../engine/backtest/compare-alerts.ts';
import { whoseAlert } from '../../engine/backtest/alert-span.ts';
import type { RaisedAlert } from '../../engine/backtest/score-alerts.ts';
import { differenceText } from '../cli/backtest/difference-text.ts';
import { spansOf, type RecordedBacktest } from './backtest-recorder.ts';
import { Html, html } from './html.ts';
import { figureId, type PlacedFigure } from './page-data.ts';
import { countText, shownKey, shownTime } from './shown.ts';

/** Alerts of both versions side by side, in order of time; each leads to its chart. `falseAlarms`: of both; null: nobody knows. */
export function differenceTable(
  { differences, differencesLeftOut }: RecordedBacktest,
  {
    figures,
    falseAlarms,
  }: { readonly figures: readonly PlacedFigure[]; readonly falseAlarms: readonly RaisedAlert[] | null },
): Html {
  if (differences.length === 0) {
    return html`<section class="alerts"><h2>Alerts</h2><p>Neither version raised one.</p></section>`;
  }
  const placeOf = new Map(figures.map(placed => [figureId(placed.rule, placed.figure), placed.at]));
  const wrong = new Set(falseAlarms?.map(alarm => alarmId(alarm, alarm.timeUs)));
  const rows = differences.map((difference, at) => {
    const first = firstOf(difference);
    const isFalse = spansOf(difference).some(span => wrong.has(alarmId(span, span.raisedUs)));
    return row(difference, { at, figure: placeOf.get(figureId(first.rule, first)), isFalse });
  });
  return html`<section class="alerts">
<div class="heading"><h2 id="alerts">Alerts</h2>
<div class="search"><label><input type="checkbox" id="differing"> only what differs</label>
<label>Find <input type="search" id="find" placeholder="new, gone, rule, key" autocomplete="off"></label></div></div>
<div class="table" tabindex="0" role="region" aria-labelledby="alerts">
<table>
<thead><tr><th scope="col">Is</th><th scope="col">Raised before (UTC)</th><th scope="col">After (UTC)</th><th scope="col">Level</th><th scope="col">Rule</th><th scope="col">Key</th><th scope="col">Difference</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>
</div>
${differencesLeftOut === 0 ? '' : html`<p class="more">${countText(differencesLeftOut)} further alerts are counted above, and not shown.</p>`}
</section>`;
}

function row(
  difference: AlertDifference,
  { at, figure, isFalse }: { readonly at: number; readonly figure: number | undefined; readonly isFalse: boolean },
): Html {
  const { kind, before, after } = difference;
  const { rule, key, level } = after ?? before;
  const time = (span: AlertDifference['before']) => {
    if (span === null) return html`–`;
    const text = shownTime(span.raisedUs);
    return figure === undefined ? html`${text}` : html`<a href="#figure-${figure}" data-alert="${at}">${text}</a>`;
  };
  const chip = isFalse ? html` <span class="chip gone">false alarm</span>` : html``;
  return html`<tr${kind === 'same' ? html` class="same"` : ''}>
<td><span class="chip ${kind}">${kind}</span></td><td class="time">${time(before)}</td><td class="time">${time(after)}</td><td><span class="level ${level}">${level}</span></td><td>${rule}</td><td class="key">${shownKey(key)}</td><td class="message">${differenceText(difference)}${chip}</td>
</tr>
`;
}

function alarmId({ rule, key }: Pick<RaisedAlert, 'rule' | 'key'>, timeUs: number): string {
  return `${timeUs} ${whoseAlert(rule, key)}`;
}
