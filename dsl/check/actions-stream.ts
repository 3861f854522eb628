import type { Span } from '../diagnostics.ts';
import { notYet, type Report } from './report.ts';

/** `from actions`, `on actions`: the actions themselves are no stream that rules read. */
export function reportActions(span: Span, report: Report): void {
  const hint = 'what they do to alerts is in `from alerts where change == "acknowledged"`, and its like';
  report(notYet('MR8066', span, '`actions` cannot be read as a stream', hint));
}
