import { countsOf, type FoundFault, type Score } from '../../engine/backtest/score-alerts.ts';
import type { Watched } from '../../engine/backtest/watched-time.ts';
import { foundText, perKeyDayText } from '../cli/backtest/backtest-text.ts';
import { stretchText } from '../cli/score/score-table.ts';
import { Html, html } from './html.ts';
import { countText, shownKey, shownTime } from './shown.ts';

const MOST_FAULTS = 2_000;

/** Which faults both versions find, and how long after they began. */
export function faultTable(before: Score, after: Score, watched: Watched): Html {
  const faults = before.found.map((found, at) => ({ before: found, after: after.found[at]! }));
  return html`<section class="faults">
<div class="heading"><h2 id="faults">Known faults</h2></div>
<p class="meta">${ratesText(before, after, watched)}</p>
<div class="table" tabindex="0" role="region" aria-labelledby="faults">
<table>
<thead><tr><th scope="col">Began (UTC)</th><th scope="col">Lasted</th><th scope="col">Fault</th><th scope="col">Where</th><th scope="col">Found before</th><th scope="col">Found after</th></tr></thead>
<tbody>
${faults.slice(0, MOST_FAULTS).map(fault => row(fault))}
</tbody>
</table>
</div>
${faults.length <= MOST_FAULTS ? '' : html`<p class="more">${countText(faults.length - MOST_FAULTS)} further faults are counted above, and not shown.</p>`}
</section>`;
}

function row({ before, after }: { readonly before: FoundFault; readonly after: FoundFault }): Html {
  const { name, where, fromUs, toUs } = before.known;
  return html`<tr>
<td class="time">${shownTime(fromUs)}</td><td class="lasted">${stretchText(toUs - fromUs)}</td><td>${name}</td><td class="key">${shownKey(where)}</td><td class="lasted">${cell(before)}</td><td class="lasted">${cell(after)}</td>
</tr>
`;
}

function cell(found: FoundFault): Html {
  const looks = found.alert === null ? 'gone' : found.isInTime ? 'new' : 'later';
  const text = found.alert === null ? foundText(found) : `after ${foundText(found)}`;
  return html`<span class="chip ${looks}">${text}</span>`;
}

function ratesText(before: Score, after: Score, watched: Watched): string {
  const counts = [countsOf(before), countsOf(after)];
  const delays = counts.map(({ delayUs }) => (delayUs === null ? '–' : stretchText(delayUs)));
  const rates = counts.map(({ falseAlarms }) => perKeyDayText(falseAlarms, watched) || '–');
  return `Found after ${delays.join(' → ')} (the median) · ${rates.join(' → ')} false alarms for each key and day`;
}
