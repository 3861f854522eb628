import type { Span } from '../diagnostics.ts';
import { inOrder } from './in-order.ts';
import { error, type Report } from './report.ts';

/** What a `suppress` asks of. */
export type AskedAlert = { readonly rule: string; readonly span: Span };

/** Rules that suppress each other in a circle, once per circle: while all of them fire, nobody would be told of any. */
export function reportCircles(askedBy: ReadonlyMap<string, readonly AskedAlert[]>, report: Report): void {
  const askedOf = (rule: string) => askedBy.get(rule) ?? [];
  inOrder([...askedBy.keys()], {
    inputsOf: by => askedOf(by).map(({ rule }) => rule),
    onCircle: circle => {
      const steps = circle.map((by, i): Step => {
        const asked = circle[(i + 1) % circle.length];
        return { by, ...askedOf(by).find(({ rule }) => rule === asked)! }; // each asks of the next one
      });
      reportCircle(steps, report);
    },
  });
}

type Step = AskedAlert & { readonly by: string };

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
