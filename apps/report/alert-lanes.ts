import { rankOf, type RecordedAlert, startOf } from './alert-history.ts';
import { Html, html } from './html.ts';
import { type Bar, lanesHtml } from './lanes.ts';
import { endOf } from './page-data.ts';
import type { RecordedRun } from './recorded-run.ts';
import { shownTime } from './shown.ts';

const MOST_BARS = 400; // of a lane: the first ones

/** When which rule had alerts, over the whole run: a lane for each rule that had some. The table says the same in words. */
export function alertLanes({ alerts, stretch }: RecordedRun): Html {
  if (alerts.length === 0 || stretch === null || stretch.toUs === stretch.fromUs) return html``;
  const lanes = Map.groupBy(
    alerts.map((alert, at) => ({ alert, at })),
    ({ alert }) => alert.rule,
  );
  return lanesHtml(
    [...lanes].map(([name, own]) => ({ name, tracks: [track(own, stretch)] })),
    { stretch },
  );
}

type Stretch = NonNullable<RecordedRun['stretch']>;

/** The worst ones lie on top. */
function track(
  alerts: readonly { readonly alert: RecordedAlert; readonly at: number }[],
  { fromUs, toUs }: Stretch,
): readonly Bar[] {
  const shown = alerts.slice(0, MOST_BARS).toSorted((a, b) => rankOf(a.alert.worst) - rankOf(b.alert.worst));
  return shown.map(({ alert, at }) => {
    const startUs = alert.raisedUs === null ? fromUs : startOf(alert);
    const text = `${alert.worst} ${shownTime(startUs)}: ${alert.message}`;
    return { fromUs: startUs, toUs: endOf(alert, toUs), looks: alert.worst, text, at };
  });
}
