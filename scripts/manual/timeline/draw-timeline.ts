import { describeTimeline } from './describe-timeline.ts';
import { drawChart, LIMIT_TEXT_SIZE } from './draw-chart.ts';
import { drawAlert, drawHeld, drawPanes, drawRows, drawStrip } from './draw-lanes.ts';
import { drawMatches } from './draw-matches.ts';
import { element, rounded, text, textWidth } from './svg.ts';
import { STYLE } from './style.ts';
import { type TimeAxis, timeAxis } from './time-axis.ts';
import type { Lane, Timeline } from './timeline.ts';

/** A lane's drawing below a y of 0; `height` is what it takes up. */
export type Drawing = { readonly height: number; readonly markup: string };

export type DrawLane<K extends Lane['kind']> = (lane: Extract<Lane, { kind: K }>, axis: TimeAxis) => Drawing;

const WIDTH = 760;
const MARGIN = 16;
const LABEL_SIZE = 12;
const TITLE_HEIGHT = 34;
const KEY_HEIGHT = 22;
const LANE_GAP = 8;
const AXIS_HEIGHT = 24;
const LAST_TICK = 14; // half of its text stands to the right of the last tick

const DRAW: { readonly [K in Lane['kind']]: DrawLane<K> } = {
  chart: drawChart,
  strip: drawStrip,
  panes: drawPanes,
  rows: drawRows,
  matches: drawMatches,
  held: drawHeld,
  alert: drawAlert,
};

/** A timeline as an SVG that reads in light and dark, without scripts or fonts of its own. */
export function drawTimeline(timeline: Timeline): string {
  const lanes = timeline.groups.flatMap(group => group.lanes);
  const leftX = MARGIN + Math.max(...lanes.map(labelWidth)) + 12;
  const rightX = WIDTH - MARGIN - Math.max(...lanes.map(limitWidth));
  const axis = timeAxis({ leftX, rightX, endUs: timeline.endUs });
  const stack = new Stack(axis);
  for (const group of timeline.groups) {
    if (timeline.groups.length > 1) stack.key(group.key);
    for (const lane of group.lanes) stack.lane(lane);
  }
  const bottomY = stack.y;
  const height = bottomY + AXIS_HEIGHT + 6;
  const content = [
    element('title', { id: 'title' }, escapedTitle(timeline)),
    element('desc', { id: 'desc' }, escapedDescription(timeline)),
    element('style', {}, STYLE),
    element('rect', { class: 'paper', x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 8 }),
    text(timeline.title, { class: 'title', x: MARGIN, y: 23 }),
    ...axis.ticks.map(({ x }) => element('path', { class: 'grid', d: `M${rounded(x)} ${TITLE_HEIGHT}V${bottomY}` })),
    ...restarts(timeline, axis, bottomY),
    ...stack.markup,
    ...axis.ticks.map(tick => text(tick.text, { class: 'tick', x: tick.x, y: bottomY + 16, 'text-anchor': 'middle' })),
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${height}`,
    width: WIDTH,
    height,
    role: 'img',
    'aria-labelledby': 'title desc',
  };
  return `${element('svg', attributes, `\n${content.join('\n')}\n`)}\n`;
}

/** Lanes below each other, with their labels on the left. */
class Stack {
  readonly markup: string[] = [];
  readonly #axis: TimeAxis;
  y = TITLE_HEIGHT + LANE_GAP;

  constructor(axis: TimeAxis) {
    this.#axis = axis;
  }

  key(key: string): void {
    this.markup.push(text(key, { class: 'key', x: MARGIN, y: this.y + 12 }));
    this.y += KEY_HEIGHT;
  }

  lane(lane: Lane): void {
    const { height, markup } = draw(lane, this.#axis);
    const isAlert = lane.kind === 'alert';
    const labelY = this.y + { chart: 11, strip: 13, panes: 14, rows: 14, matches: 24, held: 9, alert: 14 }[lane.kind];
    this.markup.push(text(labelOf(lane), { class: isAlert ? 'label rule' : 'label', x: MARGIN, y: labelY }));
    this.markup.push(element('g', { transform: `translate(0 ${rounded(this.y)})` }, markup));
    this.y += height + (isAlert ? 2 * LANE_GAP : LANE_GAP);
  }
}

function draw<K extends Lane['kind']>(lane: Extract<Lane, { kind: K }>, axis: TimeAxis): Drawing {
  return DRAW[lane.kind as K](lane, axis);
}

function restarts({ restartsUs }: Timeline, axis: TimeAxis, bottomY: number): string[] {
  return restartsUs.flatMap(atUs => {
    const x = rounded(axis.x(atUs));
    return [
      element('path', { class: 'restart', d: `M${x} ${TITLE_HEIGHT}V${bottomY}` }),
      text('restart', { class: 'note', x, y: TITLE_HEIGHT - 2, 'text-anchor': 'middle' }),
    ];
  });
}

function labelOf(lane: Lane): string {
  return lane.kind === 'chart' && lane.unit !== '' ? `${lane.label}, ${lane.unit}` : lane.label;
}

/** A chart's label stands beside the numbers of its axis. */
function labelWidth(lane: Lane): number {
  return textWidth(labelOf(lane), LABEL_SIZE) + (lane.kind === 'chart' ? 26 : 0);
}

function limitWidth(lane: Lane): number {
  if (lane.kind !== 'chart' || lane.limits.length === 0) return LAST_TICK;
  return Math.max(...lane.limits.map(limit => textWidth(limit.text, LIMIT_TEXT_SIZE))) + 6;
}

function escapedTitle({ title }: Timeline): string {
  return title.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function escapedDescription(timeline: Timeline): string {
  return describeTimeline(timeline).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
