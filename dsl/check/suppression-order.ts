import type { Span } from '../diagnostics.ts';
import { error, type Report } from './report.ts';

/** What a `suppress` asks of. */
export type AskedAlert = { readonly rule: string; readonly span: Span };

/**
 * Rules that suppress each other in a circle, once per circle: while all of them fire, nobody would be told of any. Without
 * recursion: chains of rules may be as long as the file.
 */
export function reportCircles(askedBy: ReadonlyMap<string, readonly AskedAlert[]>, report: Report): void {
  const left = new Map(askedBy);
  for (const rule of askedBy.keys()) {
    for (let circle = circleFrom(rule, left); circle.length > 0; circle = circleFrom(rule, left)) {
      reportCircle(circle, report);
      for (const { by } of circle) left.delete(by);
    }
  }
}

type Step = AskedAlert & { readonly by: string };

/** Follows one rule after the other, and lets go of those that lead to no circle; empty: none does. */
function circleFrom(start: string, left: Map<string, readonly AskedAlert[]>): readonly Step[] {
  const way: Step[] = [];
  const places = new Map<string, number>([[start, 0]]);
  for (let by: string | undefined = start; by !== undefined; ) {
    const next: AskedAlert | undefined = left.get(by)?.find(({ rule }) => left.has(rule));
    if (next === undefined) {
      left.delete(by);
      places.delete(by);
      by = way.pop()?.by;
      continue;
    }
    way.push({ ...next, by });
    const place = places.get(next.rule);
    if (place !== undefined) return way.slice(place);
    places.set(next.rule, way.length);
    by = next.rule;
  }
  return [];
}

function reportCircle(circle: readonly Step[], report: Report): void {
  const [first, ...others] = circle as [Step, ...Step[]]; // as: a circle has a step
  if (others.length === 0) {
    const hint = 'a level, or `while`, can say when the rule counts';
    const message = `\`${first.by}\` suppresses itself: nobody would be told of its alerts`;
    report(error('MR3080', first.span, message, { hint }));
    return;
  }
  const way = [first.by, ...circle.map(({ rule }) => rule)].map(rule => `\`${rule}\``).join(' by ');
  const related = others.map(({ span, by }) => ({ span, message: `here \`${by}\` asks` }));
  const hint = 'decide which of them says what follows from the other';
  report(error('MR3080', first.span, `rules suppress each other in a circle: ${way}`, { related, hint }));
}
