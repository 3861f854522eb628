import type { MeasuredCurve, Series } from '../measure-curve.ts';
import { valueText } from '../show-curve.ts';

const PANEL = { width: 420, height: 300, left: 62, right: 14, top: 30, bottom: 30 };
const COLUMNS = 2;
const LEGEND_ROW = 18;
const COLOURS = ['#7ec87e', '#6aa6f8', '#e5b454', '#ff6b68', '#c39cf2', '#59c7c0', '#d6dae0'];

type Scale = (value: number) => number;

/** A panel for each measure, both scales logarithmic: a slope of 1 is a line that rises as fast as the thin ones. */
export function curveChart(curve: MeasuredCurve): string {
  const measures = curve.variants[0]!.series;
  const width = PANEL.width * COLUMNS;
  const legendHeight = Math.ceil(curve.variants.length / COLUMNS) * LEGEND_ROW + 24;
  const height = legendHeight + Math.ceil(measures.length / COLUMNS) * PANEL.height;
  const panels = measures.map((_, i) => {
    const left = (i % COLUMNS) * PANEL.width;
    const top = legendHeight + Math.floor(i / COLUMNS) * PANEL.height;
    return `<g transform="translate(${left} ${top})">\n${panel(curve, i)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    '<rect width="100%" height="100%" rx="8" fill="#1b1e24"/>',
    `<g font-family="ui-sans-serif, system-ui, 'DejaVu Sans', sans-serif" font-size="12" fill="#d6dae0">`,
    ...curve.variants.map(({ title }, i) => legend(title, i)),
    ...panels,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function panel(curve: MeasuredCurve, measure: number): string {
  const all = curve.variants.map(variant => variant.series[measure]!);
  const points = all.flatMap(series => series.points).filter(({ value }) => value.median > 0);
  const xs = points.map(point => point.x);
  const ys = points.map(({ value }) => value.median);
  const x = scaleOf(Math.min(...xs), Math.max(...xs), PANEL.left, PANEL.width - PANEL.right);
  const lowest = 10 ** Math.floor(Math.log10(Math.min(...ys)));
  const highest = 10 ** Math.ceil(Math.log10(Math.max(...ys) * 1.01));
  const y = scaleOf(lowest, highest, PANEL.height - PANEL.bottom, PANEL.top);
  const shown = new Map(points.map(point => [point.x, point.shown]));
  return [
    `<text x="${PANEL.left}" y="16" font-weight="600">${escaped(all[0]!.title)}</text>`,
    ...powersOfTen(lowest, highest).map(value => gridLine(value, y(value), all[0]!)),
    ...[...shown].map(
      ([at, text]) =>
        `<text x="${x(at).toFixed(1)}" y="${PANEL.height - 12}" font-size="9" text-anchor="middle">${text}</text>`,
    ),
    `<text x="${PANEL.width - PANEL.right}" y="16" font-size="9" text-anchor="end">by ${curve.of}</text>`,
    ...all.map((series, i) => line(series, { x, y, colour: COLOURS[i % COLOURS.length]! })),
  ].join('\n');
}

function line(
  { points }: Series,
  { x, y, colour }: { readonly x: Scale; readonly y: Scale; readonly colour: string },
): string {
  const places = points
    .filter(({ value }) => value.median > 0)
    .map(point => `${x(point.x).toFixed(1)},${y(point.value.median).toFixed(1)}`);
  const dots = places.map(place => {
    const [cx, cy] = place.split(',');
    return `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${colour}"/>`;
  });
  return `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>${dots.join('')}`;
}

function gridLine(value: number, y: number, { unit }: Series): string {
  const at = y.toFixed(1);
  return `<path d="M${PANEL.left} ${at}H${PANEL.width - PANEL.right}" stroke="#3a3f48"/><text x="${PANEL.left - 6}" y="${(y + 3).toFixed(1)}" font-size="9" text-anchor="end">${valueText(value, unit)}</text>`;
}

function legend(title: string, place: number): string {
  const left = 16 + (place % COLUMNS) * PANEL.width;
  const top = 12 + Math.floor(place / COLUMNS) * LEGEND_ROW;
  return `<rect x="${left}" y="${top}" width="12" height="12" fill="${COLOURS[place % COLOURS.length]}"/><text x="${left + 18}" y="${top + 10}">${escaped(title.replaceAll('`', ''))}</text>`;
}

function scaleOf(least: number, most: number, from: number, to: number): Scale {
  const span = Math.log10(most / least) || 1;
  return value => from + ((to - from) * Math.log10(value / least)) / span;
}

function powersOfTen(from: number, to: number): number[] {
  const powers: number[] = [];
  for (let value = from; value <= to * 1.001; value *= 10) powers.push(value);
  return powers;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
