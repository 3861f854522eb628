import type { Entrant } from '../entrant.ts';
import type { Measured } from '../measure-question.ts';
import type { MeasuredQuestion } from '../result.ts';
import { titleOf } from '../show.ts';

const WIDTH = 880;
const LEFT = 120;
const RIGHT = 90;
const TOP = 64;
const LEGEND_WIDTH = 142;
const BAR = 11;
const GAP = 12;
const COLOURS: Readonly<Record<Entrant['name'], string>> = {
  rules: '#7ec87e',
  'hand-loop': '#8a919c',
  esper: '#6aa6f8',
  siddhi: '#e5b454',
  flink: '#ff6b68',
};
const LEAST_RATE = 1e3;

/** Bars of events a second on a scale of powers of ten: each line to the right is ten times as many. */
export function rateChart(all: readonly MeasuredQuestion[], entrance: 'memory' | 'json'): string {
  const questions = all.filter(question => question[entrance].length > 0);
  const barsOf = Map.groupBy(
    questions.flatMap(question => question[entrance]),
    titleOf,
  );
  const titles = [...barsOf.keys()];
  const groupHeight = titles.length * BAR + GAP;
  const height = TOP + questions.length * groupHeight + GAP;
  const greatest = Math.max(...questions.flatMap(question => question[entrance].map(rateOf)));
  const most = 10 ** Math.ceil(Math.log10(greatest));
  const x = (rate: number): number =>
    LEFT + ((WIDTH - LEFT - RIGHT) * Math.log10(rate / LEAST_RATE)) / Math.log10(most / LEAST_RATE);
  const groups = questions.map((question, index) =>
    groupOf(question, { bars: question[entrance], titles, top: TOP + index * groupHeight, x }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    '<rect width="100%" height="100%" rx="8" fill="#1b1e24"/>',
    `<g font-family="ui-sans-serif, system-ui, 'DejaVu Sans', sans-serif" font-size="12" fill="#d6dae0">`,
    ...titles.map((title, place) => legendOf({ title, place, fill: fillOf(barsOf.get(title)![0]!) })),
    ...powersOfTen(most).map(rate => gridLine({ rate, x: x(rate), height })),
    ...groups,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function rateOf(measured: Measured): number {
  return 'eventsPerSecond' in measured ? measured.eventsPerSecond.median : LEAST_RATE;
}

function groupOf(
  { question }: MeasuredQuestion,
  options: {
    readonly bars: readonly Measured[];
    readonly titles: readonly string[];
    readonly top: number;
    readonly x: (rate: number) => number;
  },
): string {
  const { bars, titles, top, x } = options;
  const lines = bars.map(measured => {
    const place = titles.indexOf(titleOf(measured));
    const y = top + place * BAR;
    const rate = rateOf(measured);
    const text = 'cannot' in measured ? 'cannot' : `${(rate / 1e6).toPrecision(3)} M`;
    const end = Math.max(x(rate), LEFT + 1);
    return [
      `<rect x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR - 2}" ${fillOf(measured)}/>`,
      `<text x="${(end + 6).toFixed(1)}" y="${y + BAR - 3}" font-size="9">${text}</text>`,
    ].join('');
  });
  const middle = top + (titles.length * BAR) / 2 + 4;
  return [`<text x="${LEFT - 10}" y="${middle}" text-anchor="end">${question}</text>`, ...lines].join('\n');
}

function legendOf({
  title,
  place,
  fill,
}: {
  readonly title: string;
  readonly place: number;
  readonly fill: string;
}): string {
  const left = 16 + place * LEGEND_WIDTH;
  return `<rect x="${left}" y="16" width="12" height="12" ${fill}/><text x="${left + 18}" y="26">${title}</text>`;
}

/** An engine's second bar is a paler one. */
function fillOf({ entrant, entrance }: Measured): string {
  return `fill="${COLOURS[entrant]}"${entrance === 'own-json' ? ' fill-opacity="0.6"' : ''}`;
}

function gridLine({ rate, x, height }: { readonly rate: number; readonly x: number; readonly height: number }): string {
  const text = rate >= 1e6 ? `${rate / 1e6} M/s` : `${rate / 1e3}k/s`;
  return `<path d="M${x.toFixed(1)} ${TOP - 12}V${height - GAP}" stroke="#3a3f48"/><text x="${x.toFixed(1)}" y="${TOP - 16}" font-size="9" text-anchor="middle">${text}</text>`;
}

function powersOfTen(most: number): number[] {
  const powers: number[] = [];
  for (let rate = LEAST_RATE; rate <= most; rate *= 10) powers.push(rate);
  return powers;
}
