import { describeDuration } from '../../../dsl/describe-expression.ts';
import type { Drawing } from './draw-timeline.ts';
import { shownNumber } from './shown-value.ts';
import { element, rounded, text, textWidth } from './svg.ts';
import type { TimeAxis } from './time-axis.ts';
import type { ChartLane, ChartPoint, Limit } from './timeline.ts';

const HEIGHT = 76;
const INSET = 9; // above and below what is drawn
const LIMIT_LINE = 12; // between two texts
export const LIMIT_TEXT_SIZE = 10.5;

/** Events at their time, the value as it stands until the next one, and its limits. */
export function drawChart(lane: ChartLane, axis: TimeAxis): Drawing {
  const y = valueScale(lane);
  const markup = [
    element('path', { class: 'frame', d: `M${rounded(axis.leftX)} 0V${HEIGHT}H${rounded(axis.rightX)}` }),
    ...y.ticks.map(value =>
      text(shownNumber(value), { class: 'tick', x: axis.leftX - 5, y: y.of(value) + 3.5, 'text-anchor': 'end' }),
    ),
    ...limits(lane.limits, axis, y.of),
    ...lines(lane.points, axis, y.of),
    ...tails(lane.points, axis, y.of),
    ...dots(lane.points, axis, y.of),
  ];
  return { height: HEIGHT, markup: markup.join('') };
}

type ValueY = (value: number) => number;

function valueScale({ points, limits: ofLane }: ChartLane): { of: ValueY; ticks: readonly number[] } {
  const ofLimits = ofLane.flatMap(({ value, steps }) => [value, ...steps.map(step => step.value)]);
  const values = [...points.flatMap(point => point.value ?? []), ...ofLimits];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = high - low || Math.max(Math.abs(high), 1);
  const foot = high === low ? low - span / 2 : low;
  const of = (value: number) => HEIGHT - INSET - ((value - foot) / span) * (HEIGHT - 2 * INSET);
  return { of, ticks: high === low ? [low] : niceValues(low, high) };
}

/** Two to four round numbers. */
function niceValues(low: number, high: number): number[] {
  const rough = (high - low) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(candidate => candidate >= rough)!;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

// ---------------------------------------------------------------- limits

/** Their texts stand beside the chart, apart from each other. */
function limits(ofLane: readonly Limit[], axis: TimeAxis, y: ValueY): string[] {
  const distinct = ofLane.filter(({ text: said }, index) => ofLane.findIndex(limit => limit.text === said) === index);
  const places = textPlaces(distinct.map(({ value }) => y(value)));
  const lines = ofLane.map(limit => {
    return element('path', { class: `limitline s-${limit.tone}`, d: limitPath(limit, axis, y) });
  });
  const texts = distinct.map(({ text: said, tone }, index) => {
    return text(said, { class: `limit f-${tone}`, x: axis.rightX + 5, y: places[index]! + 3.5 });
  });
  return [...lines, ...texts];
}

/** Straight through, or from step to step and on to the end. */
function limitPath({ value, steps }: Limit, axis: TimeAxis, y: ValueY): string {
  const [first, ...others] = steps;
  const end = `H${rounded(axis.rightX)}`;
  if (first === undefined) return `M${rounded(axis.leftX)} ${rounded(y(value))}${end}`;
  const turns = others.map(step => `H${rounded(axis.x(step.atUs))}V${rounded(y(step.value))}`);
  return `M${rounded(axis.x(first.atUs))} ${rounded(y(first.value))}${turns.join('')}${end}`;
}

/** Each as near to its line as the ones above it allow. */
function textPlaces(lines: readonly number[]): number[] {
  const order = lines.map((_, index) => index).sort((a, b) => lines[a]! - lines[b]!);
  const places = [...lines];
  for (let i = 1; i < order.length; i++) {
    places[order[i]!] = Math.max(places[order[i]!]!, places[order[i - 1]!]! + LIMIT_LINE);
  }
  return places;
}

// ---------------------------------------------------------------- values

/** Full as long as events come as usual, dotted where the value stands for much longer. */
function lines(points: readonly ChartPoint[], axis: TimeAxis, y: ValueY): string[] {
  const known = points.filter(point => point.fate === 'taken' || point.fate === 'bad');
  const usualUs = medianStepUs(known);
  let line = '';
  let gap = '';
  for (const [index, point] of known.entries()) {
    const before = known[index - 1];
    if (before === undefined || before.value === null || point.value === null) continue;
    const path = `M${place(before, axis, y)}H${rounded(axis.x(point.atUs))}V${rounded(y(point.value))}`;
    const isLong = point.atUs - before.atUs > 2.5 * usualUs;
    if (isLong) gap += path;
    else line += line.endsWith(endOf(before, axis, y)) ? path.slice(path.indexOf('H')) : path;
  }
  return [
    ...(line === '' ? [] : [element('path', { class: 'line', d: line })]),
    ...(gap === '' ? [] : [element('path', { class: 'gap', d: gap })]),
  ];
}

/** How a line ends that has come to this point, so that it can go on from there. */
function endOf(point: ChartPoint, axis: TimeAxis, y: ValueY): string {
  return `H${rounded(axis.x(point.atUs))}V${rounded(y(point.value!))}`;
}

function medianStepUs(points: readonly ChartPoint[]): number {
  const steps = points.slice(1).map((point, index) => point.atUs - points[index]!.atUs);
  const sorted = steps.filter(step => step > 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Infinity;
}

function place(point: ChartPoint, axis: TimeAxis, y: ValueY): string {
  return `${rounded(axis.x(point.atUs))} ${rounded(y(point.value!))}`;
}

/** Of an event that was on its way for some time: to where it arrived. */
function tails(points: readonly ChartPoint[], axis: TimeAxis, y: ValueY): string[] {
  const slow = points.filter(point => point.arrivedUs > point.atUs && point.value !== null);
  return slow.flatMap(point => {
    const [fromX, toX, atY] = [axis.x(point.atUs), axis.x(point.arrivedUs), y(point.value!)].map(rounded);
    const path = element('path', { class: 'tail', d: `M${fromX} ${atY}H${toX}m0 -3v6` });
    if (slow.length > 4) return [path];
    const said = `arrives ${describeDuration(point.arrivedUs)}`;
    const hasRoom = toX! + textWidth(said, LIMIT_TEXT_SIZE) <= axis.rightX;
    return [path, text(said, { class: 'note', x: toX!, y: atY! - 6, 'text-anchor': hasRoom ? 'start' : 'end' })];
  });
}

/** What is not simply taken says so; of several in a row, the first. */
function dots(points: readonly ChartPoint[], axis: TimeAxis, y: ValueY): string[] {
  const taken = points.filter(point => point.fate === 'taken' && point.value !== null);
  const stepX = taken.length < 2 ? Infinity : (axis.x(taken.at(-1)!.atUs) - axis.x(taken[0]!.atUs)) / taken.length;
  const size = stepX >= 9 ? 6 : stepX >= 5 ? 4.5 : stepX >= 3 ? 3 : 0;
  const path = taken.map(point => `M${place(point, axis, y)}h0`).join('');
  const plain = size === 0 || path === '' ? [] : [element('path', { class: 'dots', 'stroke-width': size, d: path })];
  const odd = points.filter(point => point.fate !== 'taken' && point.value !== null);
  const named = odd.filter(point => points[points.indexOf(point) - 1]?.fate !== point.fate);
  return [
    ...plain,
    ...odd.map(point => oddDot(point, axis, y)),
    ...named.map(point => {
      return text(point.fate, {
        class: 'note',
        x: axis.x(point.atUs),
        y: y(point.value!) - 6,
        'text-anchor': 'middle',
      });
    }),
    ...points.filter(({ value }) => value === null).map(point => missing(point, axis)),
  ];
}

function oddDot(point: ChartPoint, axis: TimeAxis, y: ValueY): string {
  const [cx, cy] = [axis.x(point.atUs), y(point.value!)].map(rounded) as [number, number];
  if (point.fate === 'rejected')
    return element('path', { class: 'cross', d: `M${cx - 3.5} ${cy - 3.5}l7 7m0 -7l-7 7` });
  return element('circle', { class: point.fate === 'late' ? 'odd' : 'dull', cx, cy, r: 3.2 });
}

/** An event without the value: a tick at the foot. */
function missing(point: ChartPoint, axis: TimeAxis): string {
  return element('path', { class: 'tail', d: `M${rounded(axis.x(point.atUs))} ${HEIGHT}v-6` });
}
