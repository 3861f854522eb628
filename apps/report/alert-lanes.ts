import { rankOf, type RecordedAlert, startOf } from './alert-history.ts';
import { Html, html } from './html.ts';
import { endOf } from './page-data.ts';
import type { RecordedRun } from './recorded-run.ts';
import { countText, shownTime } from './shown.ts';

const MOST_LANES = 30;
const MOST_BARS = 400; // of a lane
const TICKS = 5;

/** When which rule had alerts, over the whole run: a lane for each rule that had some. The table says the same in words. */
export function alertLanes(run: RecordedRun): Html {
  const { alerts, stretch } = run;
  if (alerts.length === 0 || stretch === null || stretch.toUs === stretch.fromUs) return html``;
  const lanes = [
    ...Map.groupBy(
      alerts.map((alert, at) => ({ alert, at })),
      ({ alert }) => alert.rule,
    ),
  ];
  return html`<section class="lanes" aria-label="Alerts over time">
${lanes.slice(0, MOST_LANES).map(([rule, own]) => lane(rule, own, stretch))}
<div class="lane"><span></span><div class="ticks" aria-hidden="true">${ticks(stretch)}</div></div>
${lanes.length <= MOST_LANES ? '' : html`<p class="more">${countText(lanes.length - MOST_LANES)} further rules had alerts.</p>`}
</section>`;
}

type Stretch = NonNullable<RecordedRun['stretch']>;

function lane(
  rule: string,
  alerts: readonly { readonly alert: RecordedAlert; readonly at: number }[],
  stretch: Stretch,
): Html {
  const shown = alerts.slice(0, MOST_BARS).toSorted((a, b) => rankOf(a.alert.worst) - rankOf(b.alert.worst));
  return html`<div class="lane"><span class="name">${rule}</span><div class="bars">${shown.map(({ alert, at }) => bar(alert, at, stretch))}</div></div>
`;
}

/** The worst ones lie on top. */
function bar(alert: RecordedAlert, at: number, { fromUs, toUs }: Stretch): Html {
  const share = (timeUs: number) => (((timeUs - fromUs) / (toUs - fromUs)) * 100).toFixed(3);
  const startUs = alert.raisedUs === null ? fromUs : startOf(alert);
  const endUs = endOf(alert, toUs);
  const text = `${alert.worst} ${shownTime(startUs)}: ${alert.message}`;
  const width = share(fromUs + endUs - startUs);
  return html`<i class="${alert.worst}" style="left:${share(startUs)}%;width:${width}%" title="${text}" data-alert="${at}"></i>`;
}

const MINUTE_US = 60_000_000;

/** To the minute, where the run is long enough for that. */
function ticks({ fromUs, toUs }: Stretch): Html[] {
  const isLong = toUs - fromUs > 10 * TICKS * MINUTE_US;
  const unitUs = isLong ? MINUTE_US : MINUTE_US / 60;
  return Array.from({ length: TICKS }, (_, at) => {
    const timeUs = Math.round((fromUs + ((toUs - fromUs) * at) / (TICKS - 1)) / unitUs) * unitUs;
    return html`<span>${shownTime(timeUs).slice(0, isLong ? 16 : 19)}</span>`;
  });
}
