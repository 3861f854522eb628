import { Html, html } from './html.ts';
import type { RecordedRun } from './recorded-run.ts';
import { countText, shownTime } from './shown.ts';

const MOST_LANES = 30;
const MOST_BARS = 400; // of a track
const TICKS = 5;

/** Over the whole run. A lane may have several tracks below each other. */
export type Lane = { readonly name: string; readonly tracks: readonly (readonly Bar[])[] };

/** `looks`: classes of the page. `at`: of a row in the table that tells of it, by its place; null: there is none. */
export type Bar = {
  readonly fromUs: number;
  readonly toUs: number;
  readonly looks: string;
  readonly text: string;
  readonly at: number | null;
};

type Stretch = NonNullable<RecordedRun['stretch']>;

/** Later bars of a track lie on top. */
export function lanesHtml(
  lanes: readonly Lane[],
  { stretch, about = html`` }: { readonly stretch: Stretch; readonly about?: Html },
): Html {
  return html`<section class="lanes" aria-label="Alerts over time">
${about}${lanes.slice(0, MOST_LANES).map(lane => laneHtml(lane, stretch))}
<div class="lane"><span></span><div class="ticks" aria-hidden="true">${ticks(stretch)}</div></div>
${lanes.length <= MOST_LANES ? '' : html`<p class="more">${countText(lanes.length - MOST_LANES)} further rules had alerts.</p>`}
</section>`;
}

function laneHtml({ name, tracks }: Lane, stretch: Stretch): Html {
  const bars = tracks.map(
    track => html`<div class="bars">${track.slice(-MOST_BARS).map(bar => barHtml(bar, stretch))}</div>`,
  );
  return html`<div class="lane"><span class="name">${name}</span>${bars.length === 1 ? bars : html`<div class="tracks">${bars}</div>`}</div>
`;
}

function barHtml({ fromUs, toUs, looks, text, at }: Bar, stretch: Stretch): Html {
  const share = (us: number) => ((us / (stretch.toUs - stretch.fromUs)) * 100).toFixed(3);
  const link = at === null ? html`` : html` data-alert="${at}"`;
  return html`<i class="${looks}" style="left:${share(fromUs - stretch.fromUs)}%;width:${share(toUs - fromUs)}%" title="${text}"${link}></i>`;
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
