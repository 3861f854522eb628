import { element, rounded, text, textWidth } from './svg.ts';
import type { Drawing } from './draw-timeline.ts';
import type { TimeAxis } from './time-axis.ts';
import type { AlertLane, HeldLane, PaneLane, RowLane, StripLane } from './timeline.ts';

const INSIDE_SIZE = 11;
const PADDING = 5;

export function drawStrip({ spans }: StripLane, axis: TimeAxis): Drawing {
  const markup = spans.map(({ fromUs, toUs, text: said, tone }) => {
    const [x, width] = placed(fromUs, toUs, axis);
    const box = element('rect', { class: `f-${tone}`, x, y: 1, width: Math.max(width - 1, 1), height: 16, rx: 3 });
    return box + inside(said, { x, width, y: 13, class: 'inside' });
  });
  return { height: 18, markup: markup.join('') };
}

const PANE_HEIGHT = 20;

/** Half-open: a pane starts at a full edge and ends at an open one. */
export function drawPanes({ panes }: PaneLane, axis: TimeAxis): Drawing {
  const rows = rowsOf(panes);
  const markup = panes.map((pane, index) => {
    const [x, width] = placed(pane.fromUs, pane.toUs, axis);
    const y = rows[index]! * (PANE_HEIGHT + 2);
    const box = element('rect', {
      class: 'pane',
      x: x + 0.5,
      y: y + 1,
      width: width - 2.5,
      height: PANE_HEIGHT - 2,
      rx: 3,
    });
    return box + inside(pane.text, { x, width, y: y + 14, class: 'inside' });
  });
  return { height: (Math.max(...rows) + 1) * (PANE_HEIGHT + 2), markup: markup.join('') };
}

/** For each pane the first row in which it overlaps none before it. */
function rowsOf(panes: PaneLane['panes']): number[] {
  const endsUs: number[] = [];
  return panes.map(({ fromUs, toUs }) => {
    const free = endsUs.findIndex(endUs => endUs <= fromUs);
    const row = free === -1 ? endsUs.length : free;
    endsUs[row] = toUs;
    return row;
  });
}

/** A row's text stands on the right of it, up to the next row, or on the left, or is left out. */
export function drawRows({ rows }: RowLane, axis: TimeAxis): Drawing {
  const xs = rows.map(({ atUs }) => axis.x(atUs));
  let freeX = axis.leftX;
  const texts = rows.map(({ text: said }, index) => {
    const width = textWidth(said, INSIDE_SIZE);
    const [x, nextX] = [xs[index]!, xs[index + 1] ?? axis.rightX + 2 * PADDING];
    const isRight = x + 6 + width + PADDING <= nextX;
    const startX = isRight ? x + 6 : x - 6 - width;
    if (startX < freeX) return '';
    freeX = startX + width + 2 * PADDING;
    return text(said, { class: 'inside halo', x: startX, y: 14 });
  });
  const dots = xs.map(x => `M${rounded(x)} 10h0`).join('');
  return { height: 20, markup: texts.join('') + element('path', { class: 'dots', 'stroke-width': 6, d: dots }) };
}

export function drawHeld({ spans, tone }: HeldLane, axis: TimeAxis): Drawing {
  const y = 5;
  const markup = spans.map(({ fromUs, toUs, dueUs }) => {
    const [fromX, dueX, toX] = [fromUs, dueUs, toUs].map(atUs => rounded(axis.x(atUs)));
    const waiting = element('path', { class: `waiting s-${tone}`, d: `M${fromX} ${y}H${dueX}` });
    const holding = element('path', { class: `held s-${tone}`, d: `M${dueX} ${y}H${toX}` });
    return (dueUs > fromUs ? waiting : '') + (toUs > dueUs ? holding : '');
  });
  return { height: 10, markup: markup.join('') };
}

const BAR_HEIGHT = 18;
const NOTE_SIZE = 10.5;
const NOTE_LINE = 13;

export function drawAlert({ spans, marks }: AlertLane, axis: TimeAxis): Drawing {
  const base = element('path', {
    class: 'idle',
    d: `M${rounded(axis.leftX)} ${BAR_HEIGHT / 2}H${rounded(axis.rightX)}`,
  });
  const bars = spans.map(({ fromUs, toUs, state, words }) => {
    const [x, width] = placed(fromUs, toUs, axis);
    const isCooldown = state === 'cooldown';
    const box = {
      x: x + (isCooldown ? 2 : 0),
      y: isCooldown ? 2 : 0,
      width: isCooldown ? Math.max(width - 4, 1) : width,
      height: isCooldown ? BAR_HEIGHT - 4 : BAR_HEIGHT,
      rx: 2,
    };
    const bar = element('rect', {
      class: isCooldown ? 'cooldown' : `f-${state}${words.includes('returned') ? ' returned' : ''}`,
      ...box,
    });
    return bar + inside([state, ...words].join(', '), { x, width, y: 13, class: isCooldown ? 'note' : 'onbar' });
  });
  const rows = noteRows(marks, axis);
  const noteY = (index: number) => BAR_HEIGHT + 11 + rows[index]! * NOTE_LINE;
  const lines = marks.map((mark, index) => {
    const path = `M${rounded(axis.x(mark.atUs))} ${BAR_HEIGHT}V${noteY(index) - 8}`;
    return element('path', { class: `mark s-${mark.tone}`, d: path });
  });
  const notes = marks.map((mark, index) => {
    return text(mark.text, { class: `note f-${mark.tone}`, x: noteX(mark, axis), y: noteY(index) });
  });
  const height = BAR_HEIGHT + (marks.length === 0 ? 0 : 4 + (Math.max(...rows) + 1) * NOTE_LINE);
  return { height, markup: [base, ...bars, ...lines, ...notes].join('') };
}

/** For each note the first row in which it overlaps none before it. */
function noteRows(marks: AlertLane['marks'], axis: TimeAxis): number[] {
  const endsX: number[] = [];
  return marks.map(mark => {
    const x = noteX(mark, axis);
    const free = endsX.findIndex(endX => endX <= x);
    const row = free === -1 ? endsX.length : free;
    endsX[row] = x + textWidth(mark.text, NOTE_SIZE) + 8;
    return row;
  });
}

/** At its instant, or as far to the right as the picture goes. */
function noteX({ atUs, text: said }: AlertLane['marks'][number], axis: TimeAxis): number {
  return Math.min(axis.x(atUs) - 2, axis.rightX - textWidth(said, NOTE_SIZE));
}

function placed(fromUs: number, toUs: number, axis: TimeAxis): [x: number, width: number] {
  const x = axis.x(fromUs);
  return [x, axis.x(toUs) - x];
}

/** Text in the middle of a box; cut at a comma, or left out, where there is no room for it. */
function inside(said: string, box: { x: number; width: number; y: number; class: string }): string {
  const parts = said.split(', ');
  const fitting = parts.map((_, count) => parts.slice(0, parts.length - count).join(', '));
  const shown = fitting.find(candidate => textWidth(candidate, INSIDE_SIZE) + PADDING <= box.width);
  if (shown === undefined) return '';
  return text(shown, { class: box.class, x: box.x + box.width / 2, y: box.y, 'text-anchor': 'middle' });
}
