import type { Expression, Window } from '../ast.ts';
import type { Context } from './context.ts';
import { positiveUs } from './duration.ts';
import { error, notYet } from './report.ts';

/** Panes that are aligned to the epoch, or those that events open and close. */
export type Panes = AlignedPanes | SessionPanes | StatePanes<string>;
type AlignedPanes = { readonly kind: 'aligned'; readonly sizeUs: number; readonly everyUs: number }; // tumbling: the size
type SessionPanes = { readonly kind: 'session'; readonly gapUs: number; readonly maxUs: number | null };
/** Conditions as they stand in the file, or the columns that they have become. */
type StatePanes<C> = { readonly kind: 'state'; readonly from: C; readonly to: C; readonly maxUs: number | null };
export type Sliding = { readonly kind: 'sliding'; readonly sizeUs: number };
export type RunnableWindow = AlignedPanes | SessionPanes | StatePanes<Expression> | Sliding;

/** A window that this version runs; null after a report. */
export function checkWindow(window: Window, { report }: Context): RunnableWindow | null {
  switch (window.kind) {
    case 'tumbling':
    case 'hopping': {
      if (window.zone !== null) {
        report(notYet('MR8062', window.zone.span, 'windows do not follow a time zone', 'without `in`, days are UTC'));
        return null;
      }
      const sizeUs = positiveUs(window.size, 'a window', report);
      const everyUs = window.kind === 'hopping' ? positiveUs(window.every, "a window's step", report) : sizeUs;
      if (window.kind === 'hopping' && everyUs > sizeUs) {
        const hint = `write \`tumbling ${window.size.text}\`, or a step of at most ${window.size.text}`;
        const message = `windows of ${window.size.text} every ${window.every.text} leave events out`;
        report(error('MR3002', window.every.span, message, { hint }));
      }
      if (sizeUs / everyUs > MAX_PANES) {
        const hint = 'take a longer step, or `sliding`, which has a row for every event';
        const message = `each event would be in ${Math.ceil(sizeUs / everyUs)} windows; ${MAX_PANES} is the most`;
        report(error('MR3003', window.span, message, { hint }));
      }
      return { kind: 'aligned', sizeUs, everyUs };
    }
    case 'sliding':
      return { kind: 'sliding', sizeUs: positiveUs(window.size, 'a window', report) };
    case 'session': {
      const gapUs = positiveUs(window.gap, "a session's gap", report);
      return { kind: 'session', gapUs, maxUs: window.max && positiveUs(window.max, 'a session', report) };
    }
    case 'count':
      report(notYet('MR8058', window.span, 'there are no windows by count', 'a range can: `avg(x, 100 events)`'));
      return null;
    case 'state':
      return {
        kind: 'state',
        from: window.from,
        to: window.to,
        maxUs: window.max && positiveUs(window.max, 'a window', report),
      };
  }
}

/** Each open pane is state of every key. */
const MAX_PANES = 100_000;
