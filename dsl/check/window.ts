import type { Expression, Window } from '../ast.ts';
import type { Context } from './context.ts';
import { positiveUs } from './duration.ts';
import { error, type Report } from './report.ts';
import { isTimeZone, unknownZone } from './time-zone.ts';

/** Panes that are aligned to the epoch, those that events open and close, or so many events. */
export type Panes = AlignedPanes | SessionPanes | StatePanes<string> | CountedPanes;
type AlignedPanes = {
  readonly kind: 'aligned';
  readonly sizeUs: number;
  readonly everyUs: number; // tumbling: the size
  readonly zone: string | null;
};
type SessionPanes = { readonly kind: 'session'; readonly gapUs: number; readonly maxUs: number | null };
/** Conditions as they stand in the file, or the columns that they have become. */
type StatePanes<C> = { readonly kind: 'state'; readonly from: C; readonly to: C; readonly maxUs: number | null };
type CountedPanes = { readonly kind: 'count'; readonly size: number; readonly every: number };
export type Sliding = { readonly kind: 'sliding'; readonly sizeUs: number };
export type RunnableWindow = AlignedPanes | SessionPanes | StatePanes<Expression> | CountedPanes | Sliding;

/** What is wrong is reported, and taken as it is. */
export function checkWindow(window: Window, { report }: Context): RunnableWindow {
  switch (window.kind) {
    case 'tumbling':
    case 'hopping':
      return checkAligned(window, report);
    case 'sliding':
      return { kind: 'sliding', sizeUs: positiveUs(window.size, 'a window', report) };
    case 'session': {
      const gapUs = positiveUs(window.gap, "a session's gap", report);
      return { kind: 'session', gapUs, maxUs: window.max && positiveUs(window.max, 'a session', report) };
    }
    case 'count':
      return checkCount(window, report);
    case 'state': {
      const { from, to, max } = window;
      return { kind: 'state', from, to, maxUs: max && positiveUs(max, 'a window', report) };
    }
  }
}

function checkAligned(
  window: Extract<Window, { readonly kind: 'tumbling' | 'hopping' }>,
  report: Report,
): AlignedPanes {
  const zone = window.zone?.value ?? null;
  if (zone !== null && !isTimeZone(zone)) report(unknownZone(zone, window.zone!.span));
  const sizeUs = positiveUs(window.size, 'a window', report);
  if (window.kind === 'tumbling') return { kind: 'aligned', sizeUs, everyUs: sizeUs, zone };
  const everyUs = positiveUs(window.every, "a window's step", report);
  checkStep({ size: sizeUs, every: everyUs }, window, `tumbling ${window.size.text}`, report);
  return { kind: 'aligned', sizeUs, everyUs, zone };
}

function checkCount(window: Extract<Window, { readonly kind: 'count' }>, report: Report): CountedPanes {
  const { size, every } = window;
  for (const count of every === null ? [size] : [size, every]) {
    if (count.value < 1) report(error('MR3001', count.span, `\`${count.text}\` events are none`));
  }
  if (every === null) return { kind: 'count', size: size.value, every: size.value };
  const panes = { size: size.value, every: every.value };
  checkStep(panes, { ...window, every }, `count ${size.text}`, report);
  return { kind: 'count', ...panes };
}

/** `without`: the window of this size that follows on itself. */
function checkStep(
  { size, every }: { readonly size: number; readonly every: number },
  window: Extract<Window, { readonly kind: 'hopping' | 'count' }>,
  without: string,
  report: Report,
): void {
  const step = window.every!;
  if (every > size) {
    const hint = `write \`${without}\`, or a step of at most ${window.size.text}`;
    const message = `windows of ${window.size.text} every ${step.text} leave events out`;
    report(error('MR3002', step.span, message, { hint }));
  }
  if (every > 0 && size / every > MAX_PANES) {
    const hint = 'take a longer step, or `sliding`, which has a row for every event';
    const message = `each event would be in ${Math.ceil(size / every)} windows; ${MAX_PANES} is the most`;
    report(error('MR3003', window.span, message, { hint }));
  }
}

/** Each open pane is state of every key. */
const MAX_PANES = 100_000;
