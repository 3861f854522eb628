import type { By, Window } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import type { AggregateName } from '../plan.ts';
import type { WindowAggregate } from './columns.ts';
import { error, type Report } from './report.ts';
import type { RunnableWindow } from './window.ts';

/** Whether a pane may stay open for as long as events come: then nothing that grows with it has a bound. */
export function isEndless(window: RunnableWindow): boolean {
  return 'maxUs' in window && window.maxUs === null;
}

/** Aggregates that keep the values of a pane until it closes. */
export function reportKeptValues({ span }: Window, aggregates: readonly WindowAggregate[], report: Report): void {
  const keeping = aggregates.find(({ call }) => KEEPING.includes(call.aggregate));
  if (keeping === undefined) return;
  const message = `${keeping.column.slice(1)} keeps the values of a pane, and these need not end`;
  report(error('MR3005', span, message, { hint: MAX_HINT }));
}

/** Rows of all keys, or of all streams, wait for the one whose pane is open. */
export function reportEndless(by: Pick<By, 'span'>, window: Span, report: Report): void {
  const related = [{ span: window, message: 'the window' }];
  const message = 'rows wait here for panes of others, and these need not end';
  report(error('MR3005', by.span, message, { hint: MAX_HINT, related }));
}

const KEEPING: readonly AggregateName[] = ['median', 'percentile', 'mode', 'distinct'];
const MAX_HINT = 'give the window a bound: `max 1d`';
