import { type RecordedAlert, startOf } from './alert-history.ts';
import { Html, html } from './html.ts';
import { figureId, type PlacedFigure } from './page-data.ts';
import type { RecordedRun } from './recorded-run.ts';
import { countText, shownKey, shownLength, shownTime } from './shown.ts';

const SHORT = 24; // characters of a key that stays on one line

/** Alerts in order of time; each leads to its chart. */
export function alertTable(run: RecordedRun, figures: readonly PlacedFigure[]): Html {
  const { alerts, leftOut } = run;
  if (alerts.length === 0) return html`<section class="alerts"><h2>Alerts</h2><p>None was raised.</p></section>`;
  const placeOf = new Map(figures.map(placed => [figureId(placed.rule, placed.figure), placed.at]));
  return html`<section class="alerts">
<div class="heading"><h2 id="alerts">Alerts</h2>
<label class="search">Find <input type="search" id="find" placeholder="rule, key, message" autocomplete="off"></label></div>
<div class="table" tabindex="0" role="region" aria-labelledby="alerts">
<table>
<thead><tr><th scope="col">Raised (UTC)</th><th scope="col">Level</th><th scope="col">Rule</th><th scope="col">Key</th><th scope="col">Message</th><th scope="col">Lasted</th></tr></thead>
<tbody>
${alerts.map((alert, at) => row(alert, { at, figure: placeOf.get(figureId(alert.rule, alert)) }))}
</tbody>
</table>
</div>
${leftOut === 0 ? '' : html`<p class="more">${countText(leftOut)} further alerts are counted above, and not shown.</p>`}
</section>`;
}

function row(alert: RecordedAlert, { at, figure }: { readonly at: number; readonly figure: number | undefined }): Html {
  const { raisedUs, rule, key, worst, message } = alert;
  const keyText = shownKey(key);
  const time = raisedUs === null ? 'before' : shownTime(raisedUs);
  const link = figure === undefined ? html`${time}` : html`<a href="#figure-${figure}" data-alert="${at}">${time}</a>`;
  return html`<tr>
<td class="time">${link}</td><td><span class="level ${worst}">${worst}</span></td><td>${rule}</td><td class="key ${keyText.length <= SHORT ? 'short' : ''}">${keyText}</td><td class="message">${message}</td><td class="lasted">${lasted(alert)}</td>
</tr>
`;
}

function lasted(alert: RecordedAlert): string {
  if (alert.clearedUs === null) return 'still on';
  return alert.raisedUs === null
    ? `until ${shownTime(alert.clearedUs)}`
    : shownLength(alert.clearedUs - startOf(alert));
}
