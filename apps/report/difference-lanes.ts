import type { AlertSpan } from '../../engine/backtest/alert-span.ts';
import { firstOf } from '../../engine/backtest/compare-alerts.ts';
import { rankOf } from './alert-history.ts';
import type { RecordedBacktest } from './backtest-recorder.ts';
import { Html, html } from './html.ts';
import { type Bar, type Lane, lanesHtml } from './lanes.ts';
import { shownKey, shownTime } from './shown.ts';

type Stretch = NonNullable<RecordedBacktest['stretch']>;

/** Of each rule its alerts of both versions, one below the other, and below all what is known to have been wrong. */
export function differenceLanes({ differences, labels, stretch }: RecordedBacktest): Html {
  const isEmpty = differences.length === 0 && labels.length === 0;
  if (isEmpty || stretch === null || stretch.toUs === stretch.fromUs) return html``;
  const placed = differences.map((difference, at) => ({ difference, at }));
  const lanes: Lane[] = [...Map.groupBy(placed, ({ difference }) => firstOf(difference).rule)].map(([name, own]) => ({
    name,
    tracks: (['before', 'after'] as const).map(version =>
      own
        .flatMap(({ difference, at }) => {
          const span = difference[version];
          return span === null ? [] : [{ span, at }];
        })
        .toSorted((a, b) => rankOf(a.span.level) - rankOf(b.span.level))
        .map(({ span, at }) => bar(span, { version, at, stretch })),
    ),
  }));
  const faults: Lane[] = labels.length === 0 ? [] : [{ name: 'known faults', tracks: [labelBars(labels, stretch)] }];
  return lanesHtml([...faults, ...lanes], { stretch, about: LEGEND });
}

/** What stands for which version, here and in the charts. */
const LEGEND = html`<p class="legend"><i class="before"></i> before <i class="after"></i> after</p>
`;

function bar(
  span: AlertSpan,
  { version, at, stretch }: { readonly version: 'before' | 'after'; readonly at: number; readonly stretch: Stretch },
): Bar {
  const { level, raisedUs, clearedUs, key } = span;
  return {
    fromUs: raisedUs,
    toUs: clearedUs ?? stretch.toUs,
    looks: `${version} ${level}`,
    text: `${version}: ${level} ${shownTime(raisedUs)}, ${shownKey(key)}`,
    at,
  };
}

function labelBars(labels: RecordedBacktest['labels'], { fromUs, toUs }: Stretch): readonly Bar[] {
  return labels.map(label => ({
    fromUs: Math.max(fromUs, label.fromUs),
    toUs: Math.min(toUs, label.toUs),
    looks: 'label',
    text: `${label.name} ${shownTime(label.fromUs)}, ${shownKey(label.key)}`,
    at: null,
  }));
}
