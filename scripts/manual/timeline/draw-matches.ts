import type { Drawing } from './draw-timeline.ts';
import { element, rounded, text, textWidth } from './svg.ts';
import type { TimeAxis } from './time-axis.ts';
import type { MatchLane } from './timeline.ts';

type OneMatch = MatchLane['matches'][number];

const ROW_HEIGHT = 28;
const LINE_Y = 20;
const NAME_SIZE = 10.5;
const TEXT_SIZE = 11;

/** A line from the first event to the end, with the names of events above it, and what the row says beside it. */
export function drawMatches({ matches }: MatchLane, axis: TimeAxis): Drawing {
  const rows = rowsOf(matches, axis);
  const markup = matches.map((match, index) => drawMatch(match, rows[index]! * ROW_HEIGHT, axis));
  return { height: (Math.max(...rows) + 1) * ROW_HEIGHT, markup: markup.join('') };
}

function drawMatch({ fromUs, toUs, bound, text: said }: OneMatch, y: number, axis: TimeAxis): string {
  const [fromX, toX] = [axis.x(fromUs), axis.x(toUs)];
  const lineY = y + LINE_Y;
  const line = element('path', { class: 'held s-plain', d: `M${rounded(fromX)} ${lineY}H${rounded(toX)}` });
  const end = element('path', { class: 'line', d: `M${rounded(toX)} ${lineY - 5}V${lineY + 5}` });
  const dots = bound.map(({ atUs }) => `M${rounded(axis.x(atUs))} ${lineY}h0`).join('');
  const drawnDots = dots === '' ? '' : element('path', { class: 'dots', 'stroke-width': 8, d: dots });
  const isEvent = bound.at(-1)?.atUs === toUs;
  return line + (isEvent ? '' : end) + drawnDots + names(bound, y, axis) + beside(said, { fromX, toX, y, axis });
}

/** Each above its event, where there is room. */
function names(bound: OneMatch['bound'], y: number, axis: TimeAxis): string {
  let freeX = -Infinity;
  const drawn = bound.map(({ atUs, name }) => {
    const x = axis.x(atUs);
    const width = textWidth(name, NAME_SIZE);
    if (x - width / 2 < freeX) return '';
    freeX = x + width / 2 + 2;
    return text(name, { class: 'note', x, y: y + 11, 'text-anchor': 'middle' });
  });
  return drawn.join('');
}

/** On the right of the line, or on its left, or nowhere. */
function beside(
  said: string,
  {
    fromX,
    toX,
    y,
    axis,
  }: { readonly fromX: number; readonly toX: number; readonly y: number; readonly axis: TimeAxis },
): string {
  const width = textWidth(said, TEXT_SIZE);
  const isRight = toX + 8 + width <= axis.rightX;
  const x = isRight ? toX + 8 : fromX - 8 - width;
  if (said === '' || x < axis.leftX) return '';
  return text(said, { class: 'inside halo', x, y: y + LINE_Y + 4 });
}

/** For each match the first row in which it is alone, its text included. */
function rowsOf(matches: MatchLane['matches'], axis: TimeAxis): number[] {
  const endsX: number[] = [];
  return matches.map(({ fromUs, toUs, text: said }) => {
    const fromX = axis.x(fromUs);
    const width = said === '' ? 0 : 8 + textWidth(said, TEXT_SIZE);
    const isRight = axis.x(toUs) + width <= axis.rightX;
    const startX = isRight ? fromX : fromX - width;
    const free = endsX.findIndex(endX => endX + 10 <= startX);
    const row = free === -1 ? endsX.length : free;
    endsX[row] = axis.x(toUs) + (isRight ? width : 0);
    return row;
  });
}
