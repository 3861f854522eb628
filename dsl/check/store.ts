import type { StoreStatement } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import type { Context } from './context.ts';
import { positiveUs } from './duration.ts';
import type { CheckedStore } from './program.ts';
import { error } from './report.ts';

/** `store motor keep 30d`, once per stream. */
export function checkStores(statements: readonly StoreStatement[], context: Context): CheckedStore[] {
  const { names, schemas, report } = context;
  const first = new Map<string, Span>();
  const stores: CheckedStore[] = [];
  for (const { stream, keep, span } of statements) {
    const keepUs = keep && positiveUs(keep, '`keep`', report, 'leave `keep` out to keep all');
    const found = names.stream(stream, report);
    const firstSpan = first.get(stream.name);
    if (firstSpan !== undefined) {
      const related = [{ span: firstSpan, message: 'the first one' }];
      report(error('MR2621', span, `\`${stream.name}\` is stored twice`, { related }));
    } else if (found !== null) {
      first.set(stream.name, span);
      if (schemas.has(stream.name)) stores.push({ stream: stream.name, keepUs });
    }
  }
  return stores;
}
